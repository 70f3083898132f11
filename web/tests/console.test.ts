import { describe, expect, it } from "vitest";
import { chosen } from "@/admin/control/filter";
import { batchesOf } from "@/admin/money/batches";
import { detailsOf } from "@/admin/parts/details";
import { may, mayApprove, mayRefuse, whyNotApprove } from "@/admin/parts/roles";
import { pathOf, placeOf } from "@/admin/parts/route";
import { lineOf, traced } from "@/admin/parts/trace";
import {
  bytesText, factText, isAmount, opposite, ppmOf, ppmText, ppmTyped, spanText,
} from "@/admin/parts/words";
import { movesFrom } from "@/admin/trading/moves";
import { changeOf, differences, FEES, FILTERS, wrong } from "@/admin/trading/rules";

const ada = { user_id: 7, roles: ["finance"] };

describe("who may", () => {
  it("offers acts by role alone", () => {
    expect(may(["support"], "look at orders")).toBe(true);
    expect(may(["support"], "cancel orders")).toBe(false);
    expect(may(["finance"], "move money")).toBe(true);
    expect(may(["finance"], "set a status")).toBe(false);
    expect(may([], "look")).toBe(false);
  });

  it("lets nobody approve what they have asked, but take it back", () => {
    const own = { act: "adjust", asked_by: 7 };
    expect(mayApprove(ada, own)).toBe(false);
    expect(mayRefuse(ada, own)).toBe(true);
    expect(mayApprove(ada, { ...own, asked_by: 8 })).toBe(true);
    expect(mayApprove(ada, { act: "set_roles", asked_by: 8 })).toBe(false);
    expect(mayApprove(ada, { act: "nobody knows", asked_by: 8 })).toBe(false);
  });

  it("says what keeps somebody from approving a withdrawal", () => {
    const one = { owner: 3, can_be_sent: false, approvals: [] };
    expect(whyNotApprove(ada, one)).toBeNull();
    expect(whyNotApprove(ada, { ...one, owner: 7 })).toContain("your own");
    expect(whyNotApprove(ada, { ...one, approvals: [{ by: 7 }] })).toContain("somebody else");
    expect(whyNotApprove(ada, { ...one, can_be_sent: true })).toContain("Two");
    expect(whyNotApprove({ user_id: 9, roles: ["support"] }, one)).toContain("role");
  });
});

describe("words", () => {
  it("turns parts per million into percent and back, in whole numbers", () => {
    for (const [ppm, text] of [[200, "0.02 %"], [-50, "-0.005 %"], [1_000_000, "100 %"], [0, "0 %"]] as const) {
      expect(ppmText(ppm)).toBe(text);
      expect(ppmOf(ppmTyped(ppm))).toBe(ppm);
    }
    for (const text of ["", "x", "0.00001", "1e3", "0,5", "-"]) expect(ppmOf(text)).toBeNull();
  });

  it("shows the other side of an amount", () => {
    expect(opposite("12.50")).toBe("-12.50");
    expect(opposite("-0.1")).toBe("0.1");
    expect(opposite("0.00")).toBe("0.00");
  });

  it("takes amounts of an asset and nothing else", () => {
    expect(isAmount("1.5", 2)).toBe(true);
    expect(isAmount("-1.5", 2, true)).toBe(true);
    for (const text of ["", "-1.5", "0", "0.00", "1.505", "1e3", " 1", "1.", "9".repeat(20)]) {
      expect(isAmount(text, 2), text).toBe(false);
    }
  });

  it("says sizes, times and facts with their units", () => {
    expect([bytesText(999), bytesText(1_500), bytesText(271_000_000_000)])
      .toEqual(["999 B", "1.5 kB", "271 GB"]);
    expect([spanText(0), spanText(61), spanText(86_400), spanText(90_061)])
      .toEqual(["0 s", "1 min 1 s", "1 d", "1 d 1 h"]);
    expect(factText("lag_ms", 12)).toEqual(["Lag", "12 ms"]);
    expect(factText("queue", 1_200)).toEqual(["Queue", "1,200"]);
    expect(factText("doubted", false)).toEqual(["Doubted", "no"]);
    expect(factText("reason", null)).toEqual(["Reason", "–"]);
  });
});

describe("pages", () => {
  it("are named by the address", () => {
    expect(placeOf("/admin")).toEqual({ part: "overview", which: null });
    expect(placeOf(pathOf("markets", "BTC_USDT"))).toEqual({ part: "markets", which: "BTC_USDT" });
    expect(placeOf("/admin/people/12/")).toEqual({ part: "people", which: "12" });
  });

  it("filter the audit log by words and by people", () => {
    const entry = (number: number, act: string, actor: number, subject: number) => ({
      number, act, actor, subject, time: "", address: "10.0.0.1", details: { reason: "Fraud" }, hash: "",
    });
    const entries = [entry(1, "status_set", 5, 6), entry(2, "looked_at", 6, 7)];
    expect(chosen(entries, "status set", "").map((one) => one.number)).toEqual([1]);
    expect(chosen(entries, "fraud", "7").map((one) => one.number)).toEqual([2]);
    expect(chosen(entries, "nothing", "")).toEqual([]);
  });
});

describe("batches", () => {
  const head = (size: number) => ({
    kind: "head" as const, log: "trades" as const, size, root: `r${size}`, sequence: size * 10,
    time_ns: "1795323463606000000", note: "",
  });

  it("begin where the one before ended, the first with the first trade", () => {
    const found = batchesOf({ heads: [head(9), head(4), head(1)], next_cursor: null });
    expect(found.map((one) => [one.first, one.last])).toEqual([[5, 9], [2, 4], [1, 1]]);
    expect(found[0]).toMatchObject({ sequence: 90, root: "r9", time: "2026-11-22T04:57:43.606Z" });
    expect(batchesOf({ heads: [], next_cursor: null })).toEqual([]);
  });

  it("have no known beginning where that is on the next page", () => {
    const page = { heads: [head(9), head(4)], next_cursor: "x" };
    expect(batchesOf(page).map((one) => one.first)).toEqual([5, null]);
  });
});

describe("markets", () => {
  it("are moved only where the venue lets them go", () => {
    expect(movesFrom("halted").map((move) => move.state)).toEqual(["auction", "closed"]);
    expect(movesFrom("retired")).toEqual([]);
    expect(movesFrom("trading").map((move) => move.state)).not.toContain("trading");
  });

  it("change only the filters that were typed over, and fees as a whole", () => {
    const before = { tick: "0.01", lot: "1", max_quantity: "50", protection_ppm: "5" };
    const after = { ...before, tick: "0.05", max_quantity: "" };
    expect(changeOf("filters", before, after)).toEqual({ tick: "0.05", max_quantity: null });
    expect(differences("filters", before, after))
      .toEqual([["Tick", "0.01", "0.05"], ["Most in an order", "50", "none"]]);
    const fees = { maker_ppm: "-0.005", taker_ppm: "0.05", auction_ppm: "0" };
    expect(changeOf("fees", fees, fees)).toEqual({ maker_ppm: -50, taker_ppm: 500, auction_ppm: 0 });
  });

  it("say what is no rule", () => {
    const rule = (name: string) => [...FILTERS, ...FEES].find((one) => one.name === name)!;
    expect(wrong(rule("tick"), "")).not.toBeNull();
    expect(wrong(rule("max_quantity"), "")).toBeNull();
    expect(wrong(rule("max_quantity"), "-1")).not.toBeNull();
    expect(wrong(rule("open_orders_limit"), "1.5")).not.toBeNull();
    expect(wrong(rule("maker_ppm"), "-0.005")).toBeNull();
  });
});

describe("requests", () => {
  it("are told flat, in words, what was said at once first", () => {
    const details = {
      fees: { maker_ppm: 200, taker_ppm: 450, auction_ppm: null }, market: "BTC_USDT",
      roles: ["risk", "finance"], schedule: [{ time: "09:00:00", state: "auction" }],
    };
    expect(detailsOf(details)).toEqual([
      ["Market", "BTC_USDT"], ["Roles", "risk, finance"], ["Schedule", "09:00:00 auction"],
      ["Fees, maker", "0.02 %"], ["Fees, taker", "0.045 %"],
    ]);
  });
});

describe("traces", () => {
  it("forget what is old, and are drawn from left to right", () => {
    const trace = traced(traced(traced([], 0, 1, 100), 50, 2, 100), 130, 4, 100);
    expect(trace).toEqual([[50, 2], [130, 4]]);
    expect(traced(trace, 130, 9, 100)).toBe(trace);
    expect(lineOf(trace, 130, 100, 200, 44)).toMatch(/^M40 [\d.]+L200 4$/);
  });
});
