import { describe, expect, it } from "vitest";
import { complaints, type Draft, EMPTY, isComplete, newId, orderOf } from "../src/features/order/model";
import { market } from "./market";

const draft = (part: Partial<Draft>): Draft => ({ ...EMPTY, ...part });

describe("order form", () => {
  it("says an order as the API takes it", () => {
    const limit = draft({ price: "100.05", quantity: "0.5", postOnly: true });
    expect(orderOf(market(), limit, "id")).toEqual({
      market: "BTC_USDT", side: "buy", type: "limit", price: "100.05", quantity: "0.5",
      post_only: true, client_order_id: "id", self_trade_prevention: "expire_taker",
    });
    const budget = draft({ kind: "market", side: "buy", byBudget: true, budget: "50", quantity: "9" });
    expect(orderOf(market(), budget, "id")).toEqual({
      market: "BTC_USDT", side: "buy", type: "market", budget: "50", client_order_id: "id",
      self_trade_prevention: "expire_taker",
    });
  });

  it("finds nothing wrong with an empty form, and does not call it complete", () => {
    expect(complaints(market(), EMPTY)).toEqual([]);
    expect(isComplete(EMPTY)).toBe(false);
    expect(isComplete(draft({ price: "1", quantity: "1" }))).toBe(true);
  });

  it("complains field by field", () => {
    const fields = complaints(market(), draft({ price: "1.01", quantity: "0.00001" }));
    expect(fields.map((one) => one.field)).toEqual(["price", "quantity"]);
    const small = complaints(market(), draft({ price: "1.00", quantity: "1" }));
    expect(small.map((one) => one.valid)).toEqual([["5.0000"]]);
  });

  it("makes ids that the venue takes and that differ", () => {
    const ids = new Set(Array.from({ length: 100 }, newId));
    expect(ids.size).toBe(100);
    for (const id of ids) expect(id).toMatch(/^[A-Za-z0-9_-]{1,36}$/);
  });
});
