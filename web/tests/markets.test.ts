import { describe, expect, it } from "vitest";
import { pathOf } from "../src/features/markets/Sparkline";
import { closedWords } from "../src/packages/state/markets";
import { market } from "./market";

describe("sparkline", () => {
  it("goes from the left to the right, and puts the highest on top", () => {
    expect(pathOf([1n, 3n, 2n])).toBe("M0 20L36 2L72 11");
  });

  it("is level where nothing moves, and nothing where there is no line", () => {
    expect(pathOf([5n, 5n])).toBe("M0 11L72 11");
    expect(pathOf([5n])).toBe("");
  });
});

describe("a market that takes no orders", () => {
  it("says why, the venue before the market", () => {
    expect(closedWords(market(), "normal")).toBeNull();
    expect(closedWords(market(), null)).toBeNull();
    expect(closedWords(market({ state: "halted" }), "normal")).toBe("BTC/USDT is halted");
    expect(closedWords(market({ state: "halted" }), "halted")).toBe("The venue is halted");
    expect(closedWords(market({ state: "auction" }), "normal")).toBeNull();
  });
});
