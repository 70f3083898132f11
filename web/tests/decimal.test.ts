import { describe, expect, it } from "vitest";
import {
  compact, decimalsOf, format, grouped, parse, percent, read, rescale, trim,
} from "../src/packages/money/decimal";

describe("decimals", () => {
  it.each([["1.50", 2, 150n], ["1.5", 2, 150n], [".5", 2, 50n], ["5.", 2, 500n], ["-0.01", 2, -1n],
    ["1.500", 2, 150n], ["9007199254740993.01", 2, 900719925474099301n]])(
    "reads %s to the last digit", (text, decimals, units) => {
      expect(parse(text, decimals)).toBe(units);
    });

  it.each(["", ".", "1.001", "1e3", "0x10", "1,5", "NaN", "1.2.3", "- 1"])("refuses %s", (text) => {
    expect(parse(text, 2)).toBeNull();
  });

  it("writes what it read", () => {
    for (const text of ["0.00", "12.34", "-0.05", "123456789012345678.90"]) {
      expect(format(read(text, 2), 2)).toBe(text);
    }
    expect(format(7n, 0)).toBe("7");
  });

  it("says what it cannot read instead of rounding it", () => {
    expect(() => read("0.001", 2)).toThrow(RangeError);
  });

  it("puts thousands apart and shortens without rounding up", () => {
    expect(grouped("-1234567.891")).toBe("-1,234,567.891");
    expect(compact("1999.99")).toBe("1.99K");
    expect(compact("1234567890123")).toBe("1,234.56B");
    expect(compact("12.345")).toBe("12.34");
    expect(trim("1.500")).toBe("1.5");
    expect(trim("100")).toBe("100");
    expect(decimalsOf("0.05")).toBe(2);
  });

  it("cuts or counts up where decimals are lost", () => {
    expect(rescale(1299n, 4, 2)).toBe(12n);
    expect(rescale(1201n, 4, 2, true)).toBe(13n);
    expect(rescale(12n, 2, 4)).toBe(1200n);
    expect(percent(1n, 3n)).toBe("33.33");
  });
});
