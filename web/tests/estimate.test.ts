import { describe, expect, it } from "vitest";
import { affordable, estimate } from "../src/packages/money/estimate";
import { fee, notional } from "../src/packages/money/market";
import { market } from "./market";

const asks = [
  { price: 10_000n, quantity: 10_000n },
  { price: 10_100n, quantity: 10_000n },
];

describe("estimates", () => {
  it("walks the book as a market order does", () => {
    const found = estimate(market(), asks, { side: "buy", limit: null, quantity: 15_000n, budget: null });
    // 1 at 100 and 0.5 at 101: 150.50, on average 100.3333, 0.33 % above the best.
    expect(found.cost).toBe(150_500_000n);
    expect(found.average).toBe(1_003_333n);
    expect(found.slippage).toBe(33n);
    expect(found.takerFee).toBe(75_250n);
    expect(found.left).toBe(0n);
  });

  it("stops at the limit, and reckons what would rest as a maker's", () => {
    const found = estimate(market({ maker_ppm: 200 }), asks, {
      side: "buy", limit: 10_000n, quantity: 15_000n, budget: null,
    });
    expect([found.taken, found.left]).toEqual([10_000n, 5_000n]);
    expect(found.makerFee).toBe(10_000n);
  });

  it("spends a budget in whole lots", () => {
    const found = estimate(market(), asks, {
      side: "buy", limit: null, quantity: null, budget: 100_005_000n,
    });
    expect(found.taken).toBe(10_000n);
    expect(found.left).toBe(5_000n);
  });

  it("says how much the book does not have", () => {
    const found = estimate(market(), asks, { side: "buy", limit: null, quantity: 30_000n, budget: null });
    expect(found.left).toBe(10_000n);
    expect(estimate(market(), [], { side: "sell", limit: null, quantity: 1n, budget: null }).average)
      .toBeNull();
  });

  it("takes the fee of a buyer from what is received where the market does", () => {
    const found = estimate(market({ fee_asset: "received" }), asks, {
      side: "buy", limit: null, quantity: 10_000n, budget: null,
    });
    expect(found.feeInBase).toBe(true);
    expect(found.takerFee).toBe(50_000n);
  });

  it("counts a fee up and cuts a rebate", () => {
    expect(fee(9_000n, 500n)).toBe(5n);
    expect(fee(9_000n, -50n)).toBe(0n);
    expect(fee(1_000_000n, -50n)).toBe(-50n);
  });

  it.each([25n, 50n, 75n, 100n])("never asks for more than %s percent of the funds", (share) => {
    const funds = { base: 123_456_789n, quote: 1_000_000_000n };
    const rules = market();
    const bought = affordable(rules, "buy", 10_005n, funds, share);
    const cost = notional(rules, 10_005n, bought);
    expect((cost + fee(cost, rules.takerPpm)) * 100n).toBeLessThanOrEqual(funds.quote * share);
    expect(bought % rules.lot).toBe(0n);
    const sold = affordable(rules, "sell", 10_005n, funds, share);
    expect(sold * 10_000n * 100n).toBeLessThanOrEqual(funds.base * share);
  });
});
