import { describe, expect, it } from "vitest";
import { complaints, type Draft, EMPTY, isComplete, listOf, newId, orderOf } from "../src/features/order/model";
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

  it("says what follows the market, and what is sliced, as the API takes it", () => {
    const peg = draft({ kind: "pegged", peg: "mid", pegOffset: "-0.10", price: "101.00", quantity: "1" });
    expect(orderOf(market(), peg, "id")).toMatchObject({
      type: "pegged", peg: "mid", peg_offset: "-0.10", price: "101.00", quantity: "1",
    });
    const bare = orderOf(market(), draft({ kind: "pegged", side: "sell", quantity: "1" }), "id");
    expect(Object.keys(bare)).not.toContain("peg_offset");
    expect(Object.keys(bare)).not.toContain("price");
    const twap = draft({ kind: "twap", slices: "4", every: "30", price: "101.00", quantity: "1" });
    expect(orderOf(market(), twap, "id")).toMatchObject({
      type: "twap", slices: 4, slice_interval_ms: 30_000,
    });
  });

  it("lets only a sell follow the market without a worst price", () => {
    expect(isComplete(draft({ kind: "pegged", side: "sell", quantity: "1" }))).toBe(true);
    expect(isComplete(draft({ kind: "pegged", side: "buy", quantity: "1" }))).toBe(false);
  });

  it("complains of slices, offsets and ends that cannot be", () => {
    const wrong = (part: Partial<Draft>) =>
      complaints(market(), draft(part)).map((one) => one.field);
    expect(wrong({ kind: "twap", slices: "0", every: "1.5" })).toEqual(["slices", "every"]);
    expect(wrong({ kind: "pegged", pegOffset: "0.01" })).toEqual(["pegOffset"]);
    expect(wrong({ kind: "pegged", pegOffset: "-0.05" })).toEqual([]);
    expect(wrong({ timeInForce: "gtd", expires: "2020-01-01T00:00" })).toEqual(["expires"]);
    expect(wrong({ kind: "market", timeInForce: "gtd", expires: "2020-01-01T00:00" })).toEqual([]);
  });

  it("ends an order at a time that has a place on earth", () => {
    const order = draft({ price: "1.00", quantity: "5", timeInForce: "gtd", expires: "2099-01-01T12:00" });
    expect(isComplete({ ...order, expires: "" })).toBe(false);
    expect(orderOf(market(), order, "id")).toMatchObject({
      time_in_force: "gtd", expires_at: new Date("2099-01-01T12:00").toISOString(),
    });
  });

  it("gets out of a bracket on the other side", () => {
    const bracket = draft({
      kind: "otoco", side: "sell", price: "100.00", exit: "90.00", stop: "105.00", quantity: "1",
    });
    expect(listOf(market(), bracket, "id")).toEqual({
      market: "BTC_USDT", kind: "otoco", client_order_id: "id", orders: [
        { side: "sell", quantity: "1", type: "limit", price: "100.00" },
        { side: "buy", quantity: "1", type: "limit", price: "90.00" },
        { side: "buy", quantity: "1", type: "stop_market", stop_price: "105.00" },
      ],
    });
  });

  it("makes ids that the venue takes and that differ", () => {
    const ids = new Set(Array.from({ length: 100 }, newId));
    expect(ids.size).toBe(100);
    for (const id of ids) expect(id).toMatch(/^[A-Za-z0-9_-]{1,36}$/);
  });
});
