import { useLive } from "@/packages/feed/live";
import { read } from "@/packages/money/decimal";
import { type Market, notional, readPrice, readQuantity } from "@/packages/money/market";
import { type Draft, isByBudget, shapeOf } from "./model";

export interface Funds {
  readonly base: bigint;
  readonly quote: bigint;
}

export function useFunds(market: Market): Funds {
  const balances = useLive((live) => live.balances);
  const of = (asset: string, decimals: number) => {
    const found = balances?.find((balance) => balance.asset === asset);
    return found ? read(found.available, decimals) : 0n;
  };
  return {
    base: of(market.base, market.baseDecimals), quote: of(market.quote, market.quoteDecimals),
  };
}

/** Returns the price that shares and funds are reckoned with: the limit, or the other side's best. */
export function orderPrice(
  market: Market, draft: Draft, ask: bigint | undefined, bid: bigint | undefined,
): bigint | null {
  const { parts } = shapeOf(draft.kind);
  const typed = parts.includes("price") ? draft.price : parts.includes("stop") ? draft.stop : "";
  return (typed ? readPrice(market, typed) : null) ?? (draft.side === "buy" ? ask : bid) ?? null;
}

/** Returns what is missing to pay for the order, in words. */
export function shortage(market: Market, draft: Draft, funds: Funds, price: bigint | null): string | null {
  const { base, quote } = funds;
  if (isByBudget(draft)) return null;
  const quantity = readQuantity(market, draft.quantity);
  if (quantity === null || quantity === 0n) return null;
  if (draft.side === "sell") {
    const needed = quantity * 10n ** BigInt(market.baseDecimals - market.quantityDecimals);
    return needed <= base ? null : `Not enough ${market.base}`;
  }
  if (price === null || draft.kind === "market") return null;
  return notional(market, price, quantity) <= quote ? null : `Not enough ${market.quote}`;
}
