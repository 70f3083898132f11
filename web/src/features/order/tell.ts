import { Refused } from "@/packages/api/calls";
import type { OrderOut } from "@/packages/api/types";
import { grouped } from "@/packages/money/decimal";
import type { Complaint } from "@/packages/money/filters";
import type { Market } from "@/packages/money/market";
import { toast } from "@/packages/ui/toasts";
import type { Draft } from "./model";

const FIELDS: Record<string, Complaint["field"]> = {
  price: "price", stop_price: "stop", trailing_percent: "trail", peg_offset: "pegOffset",
  display_quantity: "display", expires_at: "expires", slices: "slices", slice_interval_ms: "every",
};

/** Says why the venue refused an order, and returns it as a complaint about a field. */
export function complaintOf(error: unknown): Complaint {
  const message = error instanceof Error ? error.message : String(error);
  const named = error instanceof Refused ? error.body.field : null;
  const field = (named && FIELDS[named]) || "quantity";
  const valid = error instanceof Refused ? (error.body.valid ?? []) : [];
  toast("bad", "Order refused", message);
  return { field, message, valid: valid.map(String) };
}

/** Says what became of an order. */
export function tell(market: Market, draft: Draft, order: OrderOut): void {
  const side = draft.side === "buy" ? "Buy" : "Sell";
  const size = order.quantity ?? `${order.budget} ${market.quote}`;
  const at = order.price ? ` at ${grouped(order.price)}` : "";
  const what = `${side} ${size} ${market.base}${at}`;
  if (order.status === "filled") {
    const average = order.average_price ? grouped(order.average_price) : "";
    toast("good", "Order filled", `${side} ${order.filled_quantity} ${market.base} at ${average}`);
  } else if (order.status === "partially_filled") toast("good", "Order partly filled", what);
  else if (order.status === "open") toast("good", "Order placed", what);
  else toast("plain", `Order ${order.status}`, `${what}${order.reason ? `: ${order.reason.replaceAll("_", " ")}` : ""}`);
}
