import { CALLS, ORDER_FIELDS, ORDER_TYPES, type OrderIn } from "@/packages/api/types";
import { parse } from "@/packages/money/decimal";
import {
  checkNotional, checkPrice, checkQuantity, type Complaint,
} from "@/packages/money/filters";
import { type Market, readPrice, readQuantity } from "@/packages/money/market";

export type Side = "buy" | "sell";
export type Part = "price" | "stop" | "stopLimit" | "trail" | "display";

/** A kind of order: what the form asks for it, and what the API calls it. */
interface Shape {
  readonly label: string;
  readonly type: string;
  readonly parts: readonly Part[];
  /** Whether it can say how long it lives, and that it must not take. */
  readonly terms: boolean;
  /** A field, or a call, without which the venue does not have this kind. */
  readonly needs?: string;
}

const SHAPES = {
  limit: { label: "Limit", type: "limit", parts: ["price"], terms: true },
  market: { label: "Market", type: "market", parts: [], terms: false },
  stopLimit: { label: "Stop limit", type: "stop_limit", parts: ["stop", "price"], terms: false },
  stopMarket: { label: "Stop market", type: "stop_market", parts: ["stop"], terms: false },
  takeProfitLimit: {
    label: "Take profit limit", type: "take_profit_limit", parts: ["stop", "price"], terms: false,
  },
  takeProfit: {
    label: "Take profit market", type: "take_profit_market", parts: ["stop"], terms: false,
  },
  trailing: { label: "Trailing stop", type: "trailing_stop", parts: ["trail", "price"], terms: false },
  iceberg: {
    label: "Iceberg", type: "limit", parts: ["price", "display"], terms: true,
    needs: "display_quantity",
  },
  oco: {
    label: "OCO", type: "limit", parts: ["price", "stop", "stopLimit"], terms: false,
    needs: "place_list",
  },
} as const satisfies Record<string, Shape>;

export type Kind = keyof typeof SHAPES;
export const shapeOf = (kind: Kind): Shape => SHAPES[kind];

/** The kinds that the venue this was built for takes; the form offers no other. */
export const KINDS: readonly Kind[] = (Object.keys(SHAPES) as Kind[]).filter((kind) => {
  const { type, needs } = shapeOf(kind);
  const known = (ORDER_TYPES as readonly string[]).includes(type);
  return known && (needs === undefined || ORDER_FIELDS.includes(needs) || needs in CALLS);
});

/** What somebody has typed. Texts stay texts until they are checked. */
export interface Draft {
  readonly kind: Kind;
  readonly side: Side;
  readonly price: string;
  readonly stop: string;
  readonly stopLimit: string;
  readonly trail: string;
  readonly display: string;
  readonly quantity: string;
  /** Of a market order: what to spend instead of how much to get. */
  readonly byBudget: boolean;
  readonly budget: string;
  readonly timeInForce: string;
  readonly postOnly: boolean;
  readonly selfTrade: string;
}

export const EMPTY: Draft = {
  kind: "limit", side: "buy", price: "", stop: "", stopLimit: "", trail: "", display: "",
  quantity: "", byBudget: false, budget: "", timeInForce: "gtc", postOnly: false,
  selfTrade: "expire_taker",
};

export const isByBudget = (draft: Draft) => draft.kind === "market" && draft.byBudget;

/** Returns why an order would be refused, field by field; what is empty is no mistake yet. */
export function complaints(market: Market, draft: Draft): Complaint[] {
  const found: (Complaint | null)[] = [];
  const parts = shapeOf(draft.kind).parts;
  if (parts.includes("price") && draft.price) found.push(checkPrice(market, draft.price));
  if (parts.includes("stop") && draft.stop) {
    found.push(checkPrice(market, draft.stop, "stop", "Stop price"));
  }
  if (parts.includes("trail") && draft.trail) found.push(checkTrail(draft.trail));
  if (isByBudget(draft)) {
    if (draft.budget) found.push(checkBudget(market, draft.budget));
  } else if (draft.quantity) {
    found.push(checkQuantity(market, draft.quantity, !parts.includes("price")));
  }
  if (parts.includes("display") && draft.display) {
    const wrong = checkQuantity(market, draft.display, false);
    found.push(wrong && { ...wrong, field: "display" });
  }
  const wrong = found.filter((complaint) => complaint !== null);
  if (wrong.length || !parts.includes("price") || !draft.price || !draft.quantity) return wrong;
  const price = readPrice(market, draft.price);
  const quantity = readQuantity(market, draft.quantity);
  const total = price === null || quantity === null ? null : checkNotional(market, price, quantity);
  return total ? [total] : [];
}

function checkTrail(text: string): Complaint | null {
  const share = parse(text, 4);
  if (share !== null && share > 0n && share < 1_000_000n) return null;
  return { field: "trail", message: "Trail is a percentage above 0 and below 100", valid: ["1"] };
}

function checkBudget(market: Market, text: string): Complaint | null {
  const units = parse(text, market.quoteDecimals);
  if (units !== null && units > 0n) return null;
  const message = `Total must be above 0 with at most ${market.quoteDecimals} decimals`;
  return { field: "budget", message, valid: [] };
}

/** Returns whether everything is there that this kind needs. */
export function isComplete(draft: Draft): boolean {
  const size = isByBudget(draft) ? draft.budget : draft.quantity;
  return size !== "" && shapeOf(draft.kind).parts.every((part) => draft[part] !== "");
}

/** Returns the order as the API takes it. */
export function orderOf(market: Market, draft: Draft, id: string): OrderIn {
  const { type, parts, terms } = shapeOf(draft.kind);
  const order: Record<string, unknown> = {
    market: market.name, side: draft.side, type, client_order_id: id,
    self_trade_prevention: draft.selfTrade,
  };
  if (isByBudget(draft)) order["budget"] = draft.budget;
  else order["quantity"] = draft.quantity;
  if (parts.includes("price")) order["price"] = draft.price;
  if (parts.includes("stop")) order["stop_price"] = draft.stop;
  if (parts.includes("trail")) order["trailing_percent"] = draft.trail;
  if (parts.includes("display")) order["display_quantity"] = draft.display;
  if (terms && draft.timeInForce !== "gtc") order["time_in_force"] = draft.timeInForce;
  if (terms && draft.postOnly) order["post_only"] = true;
  return order as unknown as OrderIn;
}

/** Returns the two orders of an OCO list: the limit, and the stop that takes its place. */
export function listOf(market: Market, draft: Draft, id: string): Record<string, unknown> {
  const { side, quantity, price, stop, stopLimit } = draft;
  return {
    market: market.name, kind: "oco", client_order_id: id,
    orders: [
      { side, quantity, type: "limit", price },
      { side, quantity, type: "stop_limit", stop_price: stop, price: stopLimit },
    ],
  };
}

/** Returns an id of one's own: with it the same order sent twice is one order. */
export function newId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(12));
  return `web-${Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}
