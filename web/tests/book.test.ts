import { describe, expect, it } from "vitest";
import type { BookDelta, BookSnapshot } from "../src/packages/api/types";
import { Book, grouped } from "../src/packages/feed/book";
import { crc32 } from "../src/packages/feed/crc32";

type Pair = [string, string];

const sum = (asks: Pair[], bids: Pair[]) =>
  crc32([...asks.slice(0, 10), ...bids.slice(0, 10)].map((pair) => pair.join(":")).join("|"));

const snapshot = (asks: Pair[], bids: Pair[], sequence = 7): BookSnapshot => ({
  channel: "book:X", type: "snapshot", sequence, asks, bids, checksum: sum(asks, bids),
});

const delta = (previous: number, asks: Pair[], bids: Pair[], checksum: number): BookDelta => ({
  channel: "book:X", type: "delta", previous, sequence: previous + 1, asks, bids, checksum,
});

describe("checksum", () => {
  it("is that of the venue's own example", () => {
    expect(crc32("100.05:3|100.00:7")).toBe(1246095476);
    expect(crc32("")).toBe(0);
  });
});

describe("book", () => {
  const asks: Pair[] = [["100.05", "3"], ["100.10", "4"]];
  const bids: Pair[] = [["100.00", "7"]];

  it("takes changes in: new levels, new quantities, levels that are gone", () => {
    const book = new Book(2, 0);
    expect(book.apply(snapshot(asks, bids))).toBe(true);
    const after: [Pair[], Pair[]] = [[["100.00", "1"], ["100.10", "9"]], [["99.95", "2"]]];
    const changed = book.apply(
      delta(7, [["100.00", "1"], ["100.05", "0"], ["100.10", "9"]], [["100.00", "0"], ["99.95", "2"]],
        sum(...after)));
    expect(changed).toBe(true);
    expect(book.asks.map((level) => [level.priceText, level.quantityText])).toEqual(after[0]);
    expect(book.bids.map((level) => level.price)).toEqual([9_995n]);
    expect(book.sequence).toBe(8);
  });

  it("is not synced after a gap, until the next snapshot", () => {
    const book = new Book(2, 0);
    book.apply(snapshot(asks, bids));
    expect(book.apply(delta(8, [], [["100.00", "8"]], sum(asks, [["100.00", "8"]])))).toBe(false);
    expect(book.synced).toBe(false);
    expect(book.apply(delta(7, [], [["100.00", "8"]], sum(asks, [["100.00", "8"]])))).toBe(false);
    expect(book.apply(snapshot(asks, bids, 9))).toBe(true);
    expect(book.synced).toBe(true);
  });

  it("is not synced when a level is another than the venue's", () => {
    const book = new Book(2, 0);
    book.apply(snapshot(asks, bids));
    expect(book.apply(delta(7, [], [["100.00", "8"]], sum(asks, [["100.00", "9"]])))).toBe(false);
  });

  it("takes no delta before a snapshot", () => {
    expect(new Book(2, 0).apply(delta(0, [], [], 0))).toBe(false);
  });

  it("stays the venue's through a thousand changes", () => {
    const book = new Book(2, 0);
    const truth = { asks: new Map<string, string>(), bids: new Map<string, string>() };
    let seed = 1;
    const chance = (most: number) => (seed = (seed * 48_271) % 2_147_483_647) % most;
    const sorted = (side: "asks" | "bids"): Pair[] =>
      [...truth[side]].sort((a, b) => (Number(a[0]) - Number(b[0])) * (side === "asks" ? 1 : -1));
    book.apply(snapshot([], [], 0));
    for (let at = 0; at < 1_000; at += 1) {
      const side = chance(2) ? "asks" : "bids";
      const price = `${side === "asks" ? 100 + chance(40) : 99 - chance(40)}.00`;
      const quantity = String(chance(4));
      if (quantity === "0") truth[side].delete(price);
      else truth[side].set(price, quantity);
      const pair: Pair[] = [[price, quantity]];
      const told = delta(at, side === "asks" ? pair : [], side === "bids" ? pair : [],
        sum(sorted("asks"), sorted("bids")));
      expect(book.apply(told)).toBe(true);
    }
    expect(book.asks.map((level) => [level.priceText, level.quantityText])).toEqual(sorted("asks"));
  });

  it("puts levels together away from the middle", () => {
    const book = new Book(2, 0);
    book.apply(snapshot([["100.05", "3"], ["100.95", "4"], ["101.05", "1"]],
      [["99.95", "7"], ["99.05", "2"], ["98.00", "5"]]));
    const words = (levels: { price: bigint; quantity: bigint }[]) =>
      levels.map((level) => [level.price, level.quantity]);
    expect(words(grouped(book.asks, 100n, false, 5))).toEqual([[10_100n, 7n], [10_200n, 1n]]);
    expect(words(grouped(book.bids, 100n, true, 5))).toEqual([[9_900n, 9n], [9_800n, 5n]]);
    expect(grouped(book.bids, 100n, true, 1)).toHaveLength(1);
  });
});
