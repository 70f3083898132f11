/**
 * Amounts as whole numbers of their smallest unit. "1.50" with 2 decimals is 150n.
 *
 * Money is never a JavaScript number with decimals: what comes in is text, what is reckoned with is
 * a bigint, what is shown is text again.
 */

const PLAIN = /^(\d*)(?:\.(\d*))?$/;

/** Returns how many decimals a text has: 2 for "0.05". */
export function decimalsOf(text: string): number {
  const point = text.indexOf(".");
  return point < 0 ? 0 : text.length - point - 1;
}

/** Returns a text in units of 10^-decimals; null where it is no number or has more decimals. */
export function parse(text: string, decimals: number): bigint | null {
  const trimmed = text.trim();
  const negative = trimmed.startsWith("-");
  const found = PLAIN.exec(negative ? trimmed.slice(1) : trimmed);
  if (!found) return null;
  const whole = found[1] ?? "";
  const rest = (found[2] ?? "").replace(/0+$/, "");
  if (whole === "" && (found[2] ?? "") === "") return null;
  if (rest.length > decimals) return null;
  const units = BigInt((whole || "0") + rest.padEnd(decimals, "0"));
  return negative ? -units : units;
}

/** Returns what the venue said as units; the venue never says what cannot be read. */
export function read(text: string, decimals: number): bigint {
  const units = parse(text, decimals);
  if (units === null) throw new RangeError(`${text} has more than ${decimals} decimals`);
  return units;
}

/** Returns units of 10^-decimals as text with all its decimals. */
export function format(units: bigint, decimals: number): string {
  const negative = units < 0n;
  const digits = (negative ? -units : units).toString().padStart(decimals + 1, "0");
  const whole = digits.slice(0, digits.length - decimals);
  const sign = negative ? "-" : "";
  return decimals ? `${sign}${whole}.${digits.slice(-decimals)}` : sign + whole;
}

/** Returns a text without the zeros at its end that say nothing. */
export function trim(text: string): string {
  return text.includes(".") ? text.replace(/\.?0+$/, "") : text;
}

/** Returns a decimal text with its thousands apart: 1,234.50. */
export function grouped(text: string): string {
  const [whole = "", rest] = text.split(".");
  const apart = whole.replace(/\B(?=(\d{3})+(?!\d))/g, ",");
  return rest === undefined ? apart : `${apart}.${rest}`;
}

/** Returns an amount in few characters: 1.23M. What is cut off is cut, not rounded up. */
export function compact(text: string): string {
  const [whole = "0", rest = ""] = text.split(".");
  const digits = whole.replace("-", "");
  for (const [length, letter] of [[10, "B"], [7, "M"], [4, "K"]] as const) {
    if (digits.length >= length) {
      const cut = digits.length - length + 1;
      const more = digits.slice(cut, cut + 2);
      return `${whole.startsWith("-") ? "-" : ""}${grouped(digits.slice(0, cut))}.${more}${letter}`;
    }
  }
  return rest ? `${whole}.${rest.slice(0, 2)}` : whole;
}

/** Returns units in other decimals; what does not fit is cut off, or counted up where `up`. */
export function rescale(units: bigint, from: number, to: number, up = false): bigint {
  if (to >= from) return units * 10n ** BigInt(to - from);
  const divisor = 10n ** BigInt(from - to);
  const cut = units / divisor;
  return up && units % divisor > 0n ? cut + 1n : cut;
}

/** Returns a share in percent with two decimals: "-1.25". `whole` is not 0. */
export function percent(part: bigint, whole: bigint): string {
  return format((part * 10_000n) / whole, 2);
}
