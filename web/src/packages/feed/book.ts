import type { BookDelta, BookSnapshot } from "@/packages/api/types";
import { read } from "@/packages/money/decimal";
import { crc32 } from "./crc32";

/** One price; the texts are the venue's own, which the checksum is made of. */
export interface Level {
  readonly price: bigint;
  readonly quantity: bigint;
  readonly priceText: string;
  readonly quantityText: string;
}

const CHECKSUM_LEVELS = 10;

/**
 * A market's book, brought forward by deltas.
 *
 * `apply` says whether the message continued what was there: the sequence has no gap, and the
 * checksum of the best ten levels a side is the venue's. Where it did not, only a new snapshot
 * makes the book true again, and until then it is not `synced`.
 */
export class Book {
  bids: Level[] = [];
  asks: Level[] = [];
  sequence = 0;
  synced = false;
  /** Counts changes, for whoever draws. */
  version = 0;

  private readonly priceDecimals: number;
  private readonly quantityDecimals: number;

  constructor(priceDecimals: number, quantityDecimals: number) {
    this.priceDecimals = priceDecimals;
    this.quantityDecimals = quantityDecimals;
  }

  apply(message: BookSnapshot | BookDelta): boolean {
    if (message.type === "snapshot") {
      this.bids = message.bids.map((pair) => this.level(pair));
      this.asks = message.asks.map((pair) => this.level(pair));
    } else {
      if (!this.synced || message.previous !== this.sequence) return this.lost();
      for (const pair of message.bids) this.set(this.bids, this.level(pair), true);
      for (const pair of message.asks) this.set(this.asks, this.level(pair), false);
    }
    this.sequence = message.sequence;
    this.version += 1;
    if (this.checksum() !== message.checksum) return this.lost();
    this.synced = true;
    return true;
  }

  lost(): false {
    this.synced = false;
    this.version += 1;
    return false;
  }

  private level([price, quantity]: readonly [string, string]): Level {
    return {
      price: read(price, this.priceDecimals),
      quantity: read(quantity, this.quantityDecimals),
      priceText: price,
      quantityText: quantity,
    };
  }

  private set(side: Level[], level: Level, descending: boolean): void {
    let low = 0;
    let high = side.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const there = (side[middle] as Level).price;
      if (descending ? there > level.price : there < level.price) low = middle + 1;
      else high = middle;
    }
    const found = side[low]?.price === level.price;
    if (level.quantity === 0n) {
      if (found) side.splice(low, 1);
    } else side.splice(low, found ? 1 : 0, level);
  }

  private checksum(): number {
    const best = [...this.asks.slice(0, CHECKSUM_LEVELS), ...this.bids.slice(0, CHECKSUM_LEVELS)];
    return crc32(best.map((level) => `${level.priceText}:${level.quantityText}`).join("|"));
  }
}

/** Returns levels put together into steps of `step` price units: bids down, asks up. */
export function grouped(side: readonly Level[], step: bigint, down: boolean, most: number): Level[] {
  const found: Level[] = [];
  let price = -1n;
  let quantity = 0n;
  for (const level of side) {
    const rest = level.price % step;
    const group = rest === 0n ? level.price : level.price - rest + (down ? 0n : step);
    if (group !== price) {
      if (price >= 0n) found.push({ price, quantity, priceText: "", quantityText: "" });
      if (found.length === most) return found;
      price = group;
      quantity = 0n;
    }
    quantity += level.quantity;
  }
  if (price >= 0n) found.push({ price, quantity, priceText: "", quantityText: "" });
  return found;
}
