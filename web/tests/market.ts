import type { AssetOut, MarketOut } from "../src/packages/api/types";
import { type Market, marketOf } from "../src/packages/money/market";

const ASSETS: AssetOut[] = [
  { asset: "BTC", decimals: 8, chain_decimals: 8 },
  { asset: "USDT", decimals: 6, chain_decimals: 6 },
];

export const RULES: MarketOut = {
  market: "BTC_USDT", base: "BTC", quote: "USDT", tick: "0.05", lot: "0.0001",
  min_quantity: "0.0002", max_quantity: "10.0000", market_max_quantity: "5.0000",
  min_notional: "5.000000", max_notional: "900000.000000", fee_asset: "quote", maker_ppm: -50,
  taker_ppm: 500, state: "trading", version: 1,
};

export const market = (more: Partial<MarketOut> = {}): Market =>
  marketOf({ ...RULES, ...more }, ASSETS);
