import { CALLS, ORDER_FIELDS, ORDER_TYPES, type ListIn, type OrderIn } from "@/packages/api/types";
import { parse } from "@/packages/money/decimal";
import {
  checkNotional, checkPrice, checkQuantity, type Complaint,
} from "@/packages/money/filters";
import { type Market, priceText, readPrice, readQuantity } from "@/packages/money/market";

export type Side = "buy" | "sell";
export type Part =
  | "price" | "stop" | "stopLimit" | "trail" | "display" | "exit" | "peg" | "pegOffset" | "slices"
  | "every";

/** A kind of order: what the form asks for it, and what the API calls it. */
interface Shape {
  readonly label: string;
  readonly type: string;
  readonly parts: readonly Part[];
  /** How long it may live; none where that cannot be said. */
  readonly times: readonly string[];
  /** Whether it can be told never to take. */
  readonly passive: boolean;
  /** What a part is called here, where that is not its usual name. */
  readonly names?: Partial<Record<Part, string>>;
  /** A field, or a call, without which the venue does not have this kind. */
  readonly needs?: string;
}

const REST = ["gtc", "day", "gtd"];
const ANY = ["gtc", "ioc", "fok", "day", "gtd"];
const plain = (label: string, type: string, parts: readonly Part[]): Shape => ({
  label, type, parts, times: [], passive: false,
});

const SHAPES = {
  limit: { label: "Limit", type: "limit", parts: ["price"], times: ANY, passive: true },
  market: plain("Market", "market", []),
  stopLimit: plain("Stop limit", "stop_limit", ["stop", "price"]),
  stopMarket: plain("Stop market", "stop_market", ["stop"]),
  takeProfitLimit: plain("Take profit limit", "take_profit_limit", ["stop", "price"]),
  takeProfit: plain("Take profit market", "take_profit_market", ["stop"]),
  trailing: {
    ...plain("Trailing stop", "trailing_stop", ["trail", "price"]), names: { price: "Worst price" },
  },
  iceberg: {
    label: "Iceberg", type: "limit", parts: ["price", "display"], times: REST, passive: true,
    needs: "display_quantity",
  },
  pegged: {
    ...plain("Pegged", "pegged", ["peg", "pegOffset", "price"]), times: REST,
    names: { price: "Worst price" },
  },
  twap: {
    ...plain("TWAP", "twap", ["slices", "every", "price"]), names: { price: "Worst price" },
  },
  oco: {
    ...plain("OCO", "limit", ["price", "stop", "stopLimit"]), names: { price: "Limit price" },
    needs: "place_list",
  },
  oto: {
    ...plain("One triggers another", "limit", ["price", "exit"]), names: { exit: "Then back at" },
    needs: "place_list",
  },
  otoco: {
    ...plain("Bracket", "limit", ["price", "exit", "stop"]),
    names: { exit: "Take profit at", stop: "Stop loss at" }, needs: "place_list",
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
  /** Where an order that another places gets out again. */
  readonly exit: string;
  readonly peg: "bid" | "ask" | "mid";
  readonly pegOffset: string;
  readonly slices: string;
  /** Seconds between the slices. */
  readonly every: string;
  readonly quantity: string;
  /** Of a market order: what to spend instead of how much to get. */
  readonly byBudget: boolean;
  readonly budget: string;
  readonly timeInForce: string;
  /** When a `gtd` order ends, by the clock of whoever types it: 2026-11-22T14:30. */
  readonly expires: string;
  readonly postOnly: boolean;
  readonly selfTrade: string;
}

export const EMPTY: Draft = {
  kind: "limit", side: "buy", price: "", stop: "", stopLimit: "", trail: "", display: "",
  exit: "", peg: "bid", pegOffset: "", slices: "10", every: "60", quantity: "", byBudget: false,
  budget: "", timeInForce: "gtc", expires: "", postOnly: false,
  selfTrade: "expire_taker",
};

/** Returns how long the order lives: what was chosen, where this kind can have it. */
export const timeOf = (draft: Draft) =>
  shapeOf(draft.kind).times.includes(draft.timeInForce) ? draft.timeInForce : "gtc";

export const isByBudget = (draft: Draft) => draft.kind === "market" && draft.byBudget;

/** Returns why an order would be refused, field by field; what is empty is no mistake yet. */
export function complaints(market: Market, draft: Draft): Complaint[] {
  const found: (Complaint | null)[] = [];
  const parts = shapeOf(draft.kind).parts;
  if (parts.includes("price") && draft.price) found.push(checkPrice(market, draft.price));
  if (parts.includes("stop") && draft.stop) {
    found.push(checkPrice(market, draft.stop, "stop", "Stop price"));
  }
  if (parts.includes("stopLimit") && draft.stopLimit) {
    found.push(checkPrice(market, draft.stopLimit, "stopLimit", "Stop limit price"));
  }
  if (parts.includes("exit") && draft.exit) {
    found.push(checkPrice(market, draft.exit, "exit", shapeOf(draft.kind).names?.exit));
  }
  if (parts.includes("pegOffset") && draft.pegOffset) found.push(checkOffset(market, draft.pegOffset));
  if (parts.includes("slices")) found.push(checkWhole(draft.slices, "slices", 1, 1_000));
  if (parts.includes("every")) found.push(checkWhole(draft.every, "every", 1, 86_400));
  if (timeOf(draft) === "gtd" && draft.expires) found.push(checkExpiry(draft.expires));
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

function checkOffset(market: Market, text: string): Complaint | null {
  const units = readPrice(market, text);
  if (units !== null && units % market.tick === 0n) return null;
  const step = priceText(market, market.tick);
  return { field: "pegOffset", message: `Offset must be a multiple of ${step}`, valid: ["0"] };
}

function checkWhole(
  text: string, field: "slices" | "every", least: number, most: number,
): Complaint | null {
  const count = /^\d{1,9}$/.test(text.trim()) ? Number(text) : 0;
  if (count >= least && count <= most) return null;
  const name = field === "slices" ? "Slices" : "Seconds between slices";
  return { field, message: `${name} must be a whole number from ${least} to ${most}`, valid: [] };
}

function checkExpiry(text: string): Complaint | null {
  if (Date.parse(text) > Date.now()) return null;
  return { field: "expires", message: "It must end in the future", valid: [] };
}

function checkBudget(market: Market, text: string): Complaint | null {
  const units = parse(text, market.quoteDecimals);
  if (units !== null && units > 0n) return null;
  const message = `Total must be above 0 with at most ${market.quoteDecimals} decimals`;
  return { field: "budget", message, valid: [] };
}

/** A sell that follows the market may go without a worst price, and a peg without an offset. */
const isOptional = (draft: Draft, part: Part) =>
  part === "pegOffset" || (draft.kind === "pegged" && part === "price" && draft.side === "sell");

/** Returns whether everything is there that this kind needs. */
export function isComplete(draft: Draft): boolean {
  const size = isByBudget(draft) ? draft.budget : draft.quantity;
  const dated = timeOf(draft) !== "gtd" || draft.expires !== "";
  return size !== "" && dated
    && shapeOf(draft.kind).parts.every((part) => isOptional(draft, part) || draft[part] !== "");
}

type Fields = Record<string, unknown>;

/** Returns the order as the API takes it. */
export function orderOf(market: Market, draft: Draft, id: string): OrderIn {
  const { type, parts, passive } = shapeOf(draft.kind);
  const size = isByBudget(draft) ? { budget: draft.budget } : { quantity: draft.quantity };
  const order: Fields = {
    market: market.name, side: draft.side, type, client_order_id: id,
    self_trade_prevention: draft.selfTrade, ...size, ...lifeOf(draft),
  };
  const values: Partial<Record<Part, Fields>> = {
    price: { price: draft.price },
    stop: { stop_price: draft.stop },
    trail: { trailing_percent: draft.trail },
    display: { display_quantity: draft.display },
    peg: { peg: draft.peg },
    pegOffset: { peg_offset: draft.pegOffset },
    slices: { slices: Number(draft.slices) },
    every: { slice_interval_ms: Number(draft.every) * 1_000 },
  };
  for (const part of parts) if (draft[part] !== "") Object.assign(order, values[part]);
  if (passive && draft.postOnly) order["post_only"] = true;
  return order as unknown as OrderIn;
}

function lifeOf(draft: Draft): Fields {
  const time = timeOf(draft);
  if (time === "gtc") return {};
  if (time !== "gtd") return { time_in_force: time };
  return { time_in_force: time, expires_at: new Date(draft.expires).toISOString() };
}

export const isList = (draft: Draft): boolean => shapeOf(draft.kind).needs === "place_list";

/** Returns the orders of a list: of two that exclude each other, or of one that places others. */
export function listOf(market: Market, draft: Draft, id: string): ListIn {
  const { kind, side, quantity, price, stop, stopLimit, exit } = draft;
  const first = { side, quantity, type: "limit", price } as const;
  const back = { side: side === "buy" ? "sell" : "buy", quantity } as const;
  const leave = { ...back, type: "limit", price: exit } as const;
  const orders: Record<string, ListIn["orders"]> = {
    oco: [first, { side, quantity, type: "stop_limit", stop_price: stop, price: stopLimit }],
    oto: [first, leave],
    otoco: [first, leave, { ...back, type: "stop_market", stop_price: stop }],
  };
  return {
    market: market.name, kind: kind as ListIn["kind"], client_order_id: id, orders: orders[kind] ?? [],
  };
}

/** Returns an id of one's own: with it the same order sent twice is one order. */
export function newId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(12));
  return `web-${Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}
