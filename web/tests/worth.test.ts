import { describe, expect, it } from "vitest";
import { worth } from "../src/packages/money/worth";
import { market } from "./market";

const markets = [market()];
const last = (price: string | null) => () => price;

describe("worth", () => {
  it("is the amount at the last price, to the unit and cut off", () => {
    expect(worth("BTC", "1.50000000", "USDT", markets, last("60000.05"))).toBe(90_000_075_000n);
    expect(worth("BTC", "0.00000001", "USDT", markets, last("60000.05"))).toBe(600n);
    expect(worth("BTC", "0.00000001", "USDT", markets, last("99.95"))).toBe(0n);
  });

  it("of the quote asset is the amount itself", () => {
    expect(worth("USDT", "12.500000", "USDT", markets, last(null))).toBe(12_500_000n);
  });

  it("is not known without a price, a market, or a price in the market's steps", () => {
    expect(worth("BTC", "1.00000000", "USDT", markets, last(null))).toBeNull();
    expect(worth("BTC", "1.00000000", "USDT", markets, last("60000.123"))).toBeNull();
    expect(worth("ETH", "1.00000000", "USDT", markets, last("1.00"))).toBeNull();
    expect(worth("BTC", "1.00000000", "INR", markets, last("1.00"))).toBeNull();
    expect(worth("INR", "1.0000", "INR", markets, last(null))).toBeNull();
  });
});
