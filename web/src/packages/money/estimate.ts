import { fee, type Market, notional } from "./market";

export interface Step {
  readonly price: bigint;
  readonly quantity: bigint;
}

/** What an order would do to the book as it is now. */
export interface Estimate {
  /** What would trade at once, and what would rest or be dropped. */
  readonly taken: bigint;
  readonly left: bigint;
  /** Quote units of what would trade. */
  readonly cost: bigint;
  /** In price units, with two decimals more than the market's; null where nothing trades. */
  readonly average: bigint | null;
  /** How far the average is from the best price, in hundredths of a percent; never negative. */
  readonly slippage: bigint;
  readonly worst: bigint | null;
  /** Of what would trade, and of what would rest once it trades. */
  readonly takerFee: bigint;
  readonly makerFee: bigint;
  /** Whether the fee is in the base asset: of a buyer who pays in what is received. */
  readonly feeInBase: boolean;
}

export interface Wish {
  readonly side: "buy" | "sell";
  /** A limit; null for any price. */
  readonly limit: bigint | null;
  readonly quantity: bigint | null;
  /** Quote units to spend, of a market order to buy. */
  readonly budget: bigint | null;
}

/** Returns what an order would do; `steps` are the other side of the book, best first. */
export function estimate(market: Market, steps: readonly Step[], wish: Wish): Estimate {
  let left = wish.quantity ?? 0n;
  let budget = wish.budget;
  let taken = 0n;
  let cost = 0n;
  let weighted = 0n;
  let worst: bigint | null = null;
  for (const step of steps) {
    if (wish.limit !== null && beyond(wish.side, step.price, wish.limit)) break;
    let part = step.quantity;
    if (budget !== null) {
      const perLot = notional(market, step.price, market.lot);
      const lots = perLot > 0n ? budget / perLot : 0n;
      if (lots * market.lot < part) part = lots * market.lot;
    } else if (left < part) part = left;
    if (part <= 0n) break;
    const value = notional(market, step.price, part);
    taken += part;
    cost += value;
    weighted += step.price * part;
    worst = step.price;
    if (budget !== null) budget -= value;
    else left -= part;
  }
  const best = steps[0]?.price ?? null;
  const average = taken > 0n ? (weighted * 100n) / taken : null;
  const feeInBase = market.feeInReceived && wish.side === "buy";
  const rest = wish.limit !== null && wish.quantity !== null ? left : 0n;
  const restValue = wish.limit !== null ? notional(market, wish.limit, rest) : 0n;
  const inFee = (quantity: bigint, value: bigint) =>
    feeInBase ? quantity * 10n ** BigInt(market.baseDecimals - market.quantityDecimals) : value;
  return {
    taken,
    left: budget !== null ? budget : left,
    cost,
    average,
    slippage: slippageOf(average, best),
    worst,
    takerFee: fee(inFee(taken, cost), market.takerPpm),
    makerFee: fee(inFee(rest, restValue), market.makerPpm),
    feeInBase,
  };
}

function beyond(side: "buy" | "sell", price: bigint, limit: bigint): boolean {
  return side === "buy" ? price > limit : price < limit;
}

function slippageOf(average: bigint | null, best: bigint | null): bigint {
  if (average === null || best === null || best === 0n) return 0n;
  const away = average - best * 100n;
  return ((away < 0n ? -away : away) * 10_000n) / (best * 100n);
}

/**
 * Returns the most that can be bought for `funds` at a price, or sold of them, on the grid.
 *
 * A buyer who pays the fee in the quote asset needs room for it.
 */
export function affordable(
  market: Market,
  side: "buy" | "sell",
  price: bigint,
  funds: { base: bigint; quote: bigint },
  share: bigint,
): bigint {
  if (side === "sell") {
    const base = (funds.base * share) / 100n;
    const shift = 10n ** BigInt(market.baseDecimals - market.quantityDecimals);
    const quantity = base / shift;
    return quantity - (quantity % market.lot);
  }
  const perLot = notional(market, price, market.lot);
  if (perLot <= 0n) return 0n;
  const ppm = market.feeInReceived ? 0n : market.takerPpm > 0n ? market.takerPpm : 0n;
  const withFee = perLot + fee(perLot, ppm);
  return (((funds.quote * share) / 100n) / withFee) * market.lot;
}
