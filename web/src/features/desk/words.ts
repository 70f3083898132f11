import type { OrderOut } from "@/packages/api/types";
import { decimalsOf, read } from "@/packages/money/decimal";

export const pairWords = (market: string) => market.replace("_", "/");

/** Returns what kind of order it is: "Limit · post-only". */
export function kindWords(order: OrderOut): string {
  const kind = order.type.replaceAll("_", " ");
  const words = [kind.charAt(0).toUpperCase() + kind.slice(1)];
  if (order.time_in_force !== "gtc" && order.type !== "market") {
    words.push(order.time_in_force.toUpperCase());
  }
  if (order.post_only) words.push("post-only");
  return words.join(" · ");
}

/** Returns the price at which an order that waits is triggered; null where it has none. */
export function triggerOf(order: OrderOut): string | null {
  const { stop_price } = order as { stop_price?: string | null };
  return stop_price ?? null;
}

/** Returns how much of an order is filled, in percent. */
export function filledShare(order: OrderOut): string {
  if (order.quantity === null) return order.filled_quantity;
  const decimals = decimalsOf(order.quantity);
  const whole = read(order.quantity, decimals);
  const filled = read(order.filled_quantity, Math.max(decimals, decimalsOf(order.filled_quantity)));
  return `${whole === 0n ? 0n : (filled * 100n) / whole}%`;
}
