import type { BandsIn, FeesIn, FiltersIn, StaffMarketOut } from "@/packages/api/types";
import { grouped, trim } from "@/packages/money/decimal";
import { ppmOf, ppmTyped } from "@/admin/parts/words";

/** A rule as it is typed: text all the way, read when it is sent. */
export interface Rule {
  readonly name: string;
  readonly label: string;
  readonly kind: "amount" | "count" | "percent" | "ms";
  /** Whether nothing typed means that there is no limit. */
  readonly optional?: boolean;
}

export const FILTERS: readonly Rule[] = [
  { name: "tick", label: "Tick", kind: "amount" },
  { name: "lot", label: "Lot", kind: "amount" },
  { name: "min_quantity", label: "Least amount", kind: "amount" },
  { name: "max_quantity", label: "Most in an order", kind: "amount", optional: true },
  { name: "market_max_quantity", label: "Most in a market order", kind: "amount", optional: true },
  { name: "min_notional", label: "Least value", kind: "amount", optional: true },
  { name: "max_notional", label: "Most value", kind: "amount", optional: true },
  { name: "order_notional_limit", label: "Value of an order, an account", kind: "amount", optional: true },
  { name: "daily_notional_limit", label: "Value of a day, an account", kind: "amount", optional: true },
  { name: "position_limit", label: "Position, an account", kind: "amount", optional: true },
  { name: "open_orders_limit", label: "Open orders, an account", kind: "count", optional: true },
  { name: "stop_orders_limit", label: "Stop orders, an account", kind: "count", optional: true },
  { name: "protection_ppm", label: "Protection of market orders, %", kind: "percent" },
];
export const FEES: readonly Rule[] = [
  { name: "maker_ppm", label: "Maker, %", kind: "percent" },
  { name: "taker_ppm", label: "Taker, %", kind: "percent" },
  { name: "auction_ppm", label: "Auction, %", kind: "percent" },
];
export const BANDS: readonly Rule[] = [
  { name: "dynamic_ppm", label: "Around the last price, %", kind: "percent" },
  { name: "static_ppm", label: "Around the last auction, %", kind: "percent" },
  { name: "window_ppm", label: "From the extremes of a window, %", kind: "percent" },
  { name: "window_ms", label: "The window, ms", kind: "ms" },
  { name: "collar_ppm", label: "Collar of an auction, %", kind: "percent" },
  { name: "halt_ms", label: "A halt lasts, ms", kind: "ms" },
  { name: "auction_ms", label: "An auction lasts, ms", kind: "ms" },
  { name: "extension_ms", label: "Its extension, ms", kind: "ms" },
];
export const GROUPS = { filters: FILTERS, fees: FEES, bands: BANDS } as const;
export type Group = keyof typeof GROUPS;
export type Typed = Readonly<Record<string, string>>;

const text = (rule: Rule, value: unknown): string => {
  if (value === null || value === undefined) return "";
  return rule.kind === "percent" ? ppmTyped(Number(value)) : String(value);
};

/** Returns the rules of a market as they would be typed. */
export function typed(market: StaffMarketOut, group: Group): Typed {
  const { rules, limits, bands } = market;
  const known: Record<string, unknown> = {
    ...rules, ...bands, auction_ppm: market.auction_ppm, protection_ppm: market.protection_ppm,
    order_notional_limit: limits.order_notional, daily_notional_limit: limits.daily_notional,
    position_limit: limits.position, open_orders_limit: limits.open_orders,
    stop_orders_limit: limits.stop_orders,
  };
  return Object.fromEntries(GROUPS[group].map((rule) => [rule.name, text(rule, known[rule.name])]));
}

/** Returns a rule as it is read: with its thousands apart, and 0 where that is none as "none". */
export function shown(rule: Rule, value: string, zeroIsNone: boolean): string {
  if (value === "" || (zeroIsNone && !/[1-9]/.test(value))) return "none";
  return rule.kind === "percent" ? value : grouped(trim(value));
}

const COUNT = /^\d{1,15}$/;
const DECIMAL = /^\d+(\.\d+)?$/;

/** Returns what is wrong with what was typed; null where nothing is. */
export function wrong(rule: Rule, value: string): string | null {
  if (value === "") return rule.optional ? null : "Needed";
  if (rule.kind === "percent") return ppmOf(value) === null ? "Percent, at most four decimals" : null;
  if (rule.kind === "amount") return DECIMAL.test(value) ? null : "A decimal number";
  return COUNT.test(value) ? null : "A whole number";
}

function read(rule: Rule, value: string): string | number | null {
  if (value === "") return null;
  if (rule.kind === "percent") return ppmOf(value);
  return rule.kind === "amount" ? value : Number(value);
}

/**
 * Returns what a change says. Of filters only what differs; fees and bands replace what was, so
 * all of them are said.
 */
export function changeOf(group: Group, before: Typed, after: Typed): FiltersIn & FeesIn & BandsIn {
  const wanted = GROUPS[group].filter((rule) =>
    group !== "filters" || before[rule.name] !== after[rule.name]);
  return Object.fromEntries(
    wanted.map((rule) => [rule.name, read(rule, after[rule.name] ?? "")]),
  ) as unknown as FiltersIn & FeesIn & BandsIn;
}

/** Returns the rules that differ, as (label, before, after). */
export function differences(group: Group, before: Typed, after: Typed) {
  return GROUPS[group].filter((rule) => before[rule.name] !== after[rule.name])
    .map((rule) => [rule.label, before[rule.name] || "none", after[rule.name] || "none"] as const);
}
