import { describe, expect, it } from "vitest";
import { checkNotional, checkPrice, checkQuantity } from "../src/packages/money/filters";
import { market } from "./market";

describe("filters", () => {
  it("names both prices next to one that is off the tick", () => {
    expect(checkPrice(market(), "100.07")?.valid).toEqual(["100.05", "100.10"]);
    expect(checkPrice(market(), "100.0501")?.valid).toEqual(["100.05", "100.10"]);
    expect(checkPrice(market(), "100.10")).toBeNull();
    expect(checkPrice(market(), "0.01")?.valid).toEqual(["0.05"]);
  });

  it("names the least and the most that may be ordered", () => {
    expect(checkQuantity(market(), "0.0001", false)?.valid).toEqual(["0.0002"]);
    expect(checkQuantity(market(), "10.0001", false)?.valid).toEqual(["10.0000"]);
    expect(checkQuantity(market(), "5.0001", true)?.valid).toEqual(["5.0000"]);
    expect(checkQuantity(market(), "5.0001", false)).toBeNull();
    expect(checkQuantity(market(), "0.00025", false)?.valid).toEqual(["0.0002", "0.0003"]);
    expect(checkQuantity(market(), "abc", false)?.message).toBe("Amount is not a number");
    expect(checkQuantity(market(), "0", false)?.message).toBe("Amount must be above 0");
  });

  it("names a quantity that reaches the least total, and one that keeps to the most", () => {
    // 100.00 x 0.0499 = 4.99, and 5.00 is the least.
    expect(checkNotional(market(), 10_000n, 499n)?.valid).toEqual(["0.0500"]);
    expect(checkNotional(market(), 10_000n, 500n)).toBeNull();
    // 100,000.00 x 9.0001 is above 900,000.
    expect(checkNotional(market(), 10_000_000n, 90_001n)?.valid).toEqual(["9.0000"]);
  });

  it("offers only what it would take itself", () => {
    for (const text of ["0.03", "99.99", "123.456"]) {
      for (const valid of checkPrice(market(), text)?.valid ?? []) {
        expect(checkPrice(market(), valid)).toBeNull();
      }
    }
  });
});
