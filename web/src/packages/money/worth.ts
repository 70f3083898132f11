import { parse, rescale } from "./decimal";
import type { Market } from "./market";

/**
 * Returns what an amount of an asset is worth in a quote asset, in its units, at the last price of
 * the market between the two; null where nothing traded there, or there is no such market.
 */
export function worth(
  asset: string, amount: string, quote: string, markets: readonly Market[],
  lastOf: (market: string) => string | null,
): bigint | null {
  if (asset === quote) {
    const quoted = markets.find((one) => one.quote === quote);
    return quoted ? parse(amount, quoted.quoteDecimals) : null;
  }
  const market = markets.find((one) => one.base === asset && one.quote === quote);
  if (!market) return null;
  const units = parse(amount, market.baseDecimals);
  const price = parse(lastOf(market.name) ?? "", market.priceDecimals);
  if (units === null || price === null) return null;
  return rescale(units * price, market.baseDecimals + market.priceDecimals, market.quoteDecimals);
}
