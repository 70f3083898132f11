import type { AssetOut, MarketOut } from "@/packages/api/types";
import { decimalsOf, format, parse, read, rescale } from "./decimal";

/** A market's rules in whole numbers: prices in 10^-priceDecimals, quantities in 10^-lotDecimals. */
export interface Market {
  readonly name: string;
  readonly base: string;
  readonly quote: string;
  readonly priceDecimals: number;
  readonly quantityDecimals: number;
  readonly quoteDecimals: number;
  readonly baseDecimals: number;
  readonly tick: bigint;
  readonly lot: bigint;
  readonly minQuantity: bigint;
  readonly maxQuantity: bigint | null;
  readonly marketMaxQuantity: bigint | null;
  /** In units of the quote asset. */
  readonly minNotional: bigint;
  readonly maxNotional: bigint | null;
  readonly feeInReceived: boolean;
  readonly makerPpm: bigint;
  readonly takerPpm: bigint;
  readonly state: string;
}

export function marketOf(rules: MarketOut, assets: readonly AssetOut[]): Market {
  const decimals = new Map(assets.map((asset) => [asset.asset, asset.decimals]));
  const priceDecimals = decimalsOf(rules.tick);
  const quantityDecimals = decimalsOf(rules.lot);
  const quoteDecimals = decimals.get(rules.quote) ?? 8;
  const quantity = (text: string | null) => (text === null ? null : read(text, quantityDecimals));
  const quote = (text: string | null) => (text === null ? null : read(text, quoteDecimals));
  return {
    name: rules.market,
    base: rules.base,
    quote: rules.quote,
    priceDecimals,
    quantityDecimals,
    quoteDecimals,
    baseDecimals: decimals.get(rules.base) ?? 8,
    tick: read(rules.tick, priceDecimals),
    lot: read(rules.lot, quantityDecimals),
    minQuantity: quantity(rules.min_quantity) ?? 0n,
    maxQuantity: quantity(rules.max_quantity),
    marketMaxQuantity: quantity(rules.market_max_quantity),
    minNotional: quote(rules.min_notional) ?? 0n,
    maxNotional: quote(rules.max_notional),
    feeInReceived: rules.fee_asset === "received",
    makerPpm: BigInt(rules.maker_ppm),
    takerPpm: BigInt(rules.taker_ppm),
    state: rules.state,
  };
}

export const priceText = (market: Market, price: bigint) => format(price, market.priceDecimals);
export const quantityText = (market: Market, quantity: bigint) =>
  format(quantity, market.quantityDecimals);
export const quoteText = (market: Market, units: bigint) => format(units, market.quoteDecimals);
export const readPrice = (market: Market, text: string) => parse(text, market.priceDecimals);
export const readQuantity = (market: Market, text: string) => parse(text, market.quantityDecimals);

/** Returns price x quantity in units of the quote asset. */
export function notional(market: Market, price: bigint, quantity: bigint): bigint {
  const decimals = market.priceDecimals + market.quantityDecimals;
  return rescale(price * quantity, decimals, market.quoteDecimals);
}

/** Returns a fee of parts per million, up to the next whole unit; a negative one is a rebate. */
export function fee(units: bigint, ppm: bigint): bigint {
  const product = units * ppm;
  const cut = product / 1_000_000n;
  return product > 0n && product % 1_000_000n > 0n ? cut + 1n : cut;
}
