import { compact, grouped } from "@/packages/money/decimal";

/** Returns a word of the venue as people write it: `cancel_only` is "cancel only". */
export const plain = (word: string): string => word.replaceAll("_", " ");

export const capital = (word: string): string => {
  const text = plain(word);
  return text.charAt(0).toUpperCase() + text.slice(1);
};

export const pair = (market: string): string => market.replace("_", "/");

/** Returns parts per million as percent: 200 is "0.02 %". Whole numbers all the way. */
export function ppmText(ppm: number): string {
  const sign = ppm < 0 ? "-" : "";
  const size = Math.abs(ppm);
  const rest = String(size % 10_000).padStart(4, "0").replace(/0+$/, "");
  return `${sign}${Math.trunc(size / 10_000)}${rest ? `.${rest}` : ""} %`;
}

const PERCENT = /^(-?)(\d{1,4})(?:\.(\d{1,4}))?$/;

/** Returns a text in percent as parts per million; null where it is none. */
export function ppmOf(text: string): number | null {
  const found = PERCENT.exec(text.trim());
  if (!found) return null;
  const ppm = Number((found[2] ?? "0") + (found[3] ?? "").padEnd(4, "0"));
  return found[1] ? -ppm : ppm;
}

/** Returns parts per million as they are typed: without the sign of percent. */
export const ppmTyped = (ppm: number): string => ppmText(ppm).replace(" %", "");

const SIZES = ["B", "kB", "MB", "GB", "TB"] as const;

/** Returns a number of bytes in three digits or so. */
export function bytesText(bytes: number): string {
  let at = 0;
  let left = bytes;
  while (left >= 1_000 && at < SIZES.length - 1) {
    left /= 1_000;
    at += 1;
  }
  const shown = at === 0 || left >= 100 ? Math.round(left) : Math.round(left * 10) / 10;
  return `${shown} ${SIZES[at]}`;
}

/** Returns a time span in its two largest units. */
export function spanText(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const parts = [
    [Math.floor(whole / 86_400), "d"], [Math.floor(whole / 3_600) % 24, "h"],
    [Math.floor(whole / 60) % 60, "min"], [whole % 60, "s"],
  ] as const;
  const first = parts.findIndex(([count]) => count > 0);
  if (first < 0) return "0 s";
  return parts.slice(first, first + 2).filter(([count]) => count > 0)
    .map(([count, unit]) => `${count} ${unit}`).join(" ");
}

export const countText = (count: number): string => grouped(String(count));

/** Returns a rate per second, which is a measure and no money. */
export const rateText = (rate: number): string =>
  rate >= 100 ? countText(Math.round(rate)) : String(Math.round(rate * 10) / 10);

/** Returns an amount that fits a small place, and says so where it was cut. */
export const shortAmount = (text: string): string =>
  text.split(".")[0]!.length > 6 ? compact(text) : grouped(text);

const UNITS: readonly (readonly [string, (value: number) => string])[] = [
  ["_bytes", bytesText],
  ["_ms", (value) => `${countText(Math.round(value))} ms`],
  ["_us", (value) => `${countText(Math.round(value))} µs`],
  ["_s", (value) => spanText(value)],
  ["_percent", (value) => `${rateText(value)} %`],
  ["_per_second", (value) => `${rateText(value)}/s`],
];

/** Returns (name, value) of a number that has its unit at the end of its name. */
export function factText(
  name: string,
  value: number | string | boolean | null,
): readonly [string, string] {
  if (value === null) return [capital(name), "–"];
  if (typeof value === "boolean") return [capital(name), value ? "yes" : "no"];
  if (typeof value === "string") return [capital(name), value];
  for (const [unit, text] of UNITS) {
    if (name.endsWith(unit)) return [capital(name.slice(0, -unit.length)), text(value)];
  }
  return [capital(name), Number.isInteger(value) ? countText(value) : rateText(value)];
}

const UNITS_LIMIT = 2n ** 62n;

/** Returns the other side of an amount: what one account gets another loses. */
export function opposite(text: string): string {
  if (/^-?0*(?:\.0*)?$/.test(text)) return text.replace("-", "");
  return text.startsWith("-") ? text.slice(1) : `-${text}`;
}

/** Returns whether a text is an amount with at most so many decimals, other than 0. */
export function isAmount(text: string, decimals: number, negative = false): boolean {
  const found = /^(-?)(\d+)(?:\.(\d+))?$/.exec(text);
  if (!found || (found[1] && !negative) || (found[3] ?? "").length > decimals) return false;
  const units = BigInt((found[2] ?? "0") + (found[3] ?? "").padEnd(decimals, "0"));
  return units > 0n && units < UNITS_LIMIT;
}
