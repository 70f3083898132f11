import { create } from "zustand";
import { onToken } from "@/packages/api/session";
import type {
  BalanceOut, BalancesEvent, BookDelta, BookSnapshot, FillOut, FillsEvent, KlineEvent, OrderOut,
  OrdersEvent, StatusEvent, StreamedKline, TickerEvent, TickerOut, TradeOut, TradesSnapshot,
  TradesUpdate,
} from "@/packages/api/types";
import type { Market } from "@/packages/money/market";
import { Book } from "./book";
import { type Facts, Socket, type Told } from "./socket";

/** What the streams have brought, as a page shows it. */
interface LiveState {
  readonly facts: Facts;
  readonly mode: string | null;
  readonly tickers: Readonly<Record<string, TickerOut>>;
  readonly balances: readonly BalanceOut[] | null;
  /** Open orders by their id; null until the venue has said them. */
  readonly orders: ReadonlyMap<number, OrderOut> | null;
  /** Fills since the page was opened, newest first. */
  readonly fills: readonly FillOut[];
  /** Whether the book on the screen is the venue's. */
  readonly synced: boolean;
}

const FILLS_KEPT = 500;
const TRADES_KEPT = 80;

export const useLive = create<LiveState>(() => ({
  facts: { health: "connecting", latencyMs: null, heardMs: 0, connections: 0 },
  mode: null, tickers: {}, balances: null, orders: null, fills: [], synced: false,
}));

type Listener = () => void;
const books = new Map<string, { book: Book; listeners: Set<Listener> }>();
const tapes = new Map<string, { trades: TradeOut[]; listeners: Set<Listener> }>();
const klines = new Map<string, Set<(kline: StreamedKline) => void>>();
const fillListeners = new Set<(fill: FillOut) => void>();
const orderListeners = new Set<(order: OrderOut) => void>();

const address = () => `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/api/v1/ws`;
let socket: Socket | null = null;

export function beginFeed(): void {
  socket = new Socket(address(), told, (facts) => useLive.setState({ facts }), lost);
  socket.open();
  for (const channel of ["status", "orders", "fills", "balances"]) socket.follow(channel);
  onToken((token) => {
    socket?.speak(token);
    if (token === null) useLive.setState({ orders: null, balances: null, fills: [] });
  });
  addEventListener("online", () => socket?.hurry());
  addEventListener("visibilitychange", () => document.hidden || socket?.hurry());
}

/** Tries at once to reach the venue, where it would wait. */
export const hurry = (): void => socket?.hurry();

function lost(): void {
  for (const { book, listeners } of books.values()) {
    book.lost();
    for (const listener of listeners) listener();
  }
  useLive.setState({ synced: false });
}

const HANDLERS: Record<string, (message: Told, name: string) => void> = {
  book: (message, name) => bookTold(message as Told & (BookSnapshot | BookDelta), name),
  trades: (message, name) => tradesTold(message as TradesSnapshot | TradesUpdate, name),
  ticker: (message, name) => {
    const { ticker } = message as TickerEvent;
    useLive.setState((state) => ({ tickers: { ...state.tickers, [name]: ticker } }));
  },
  kline: (message) => {
    const { kline } = message as KlineEvent;
    if (kline) for (const listener of klines.get(message.channel) ?? []) listener(kline);
  },
  status: (message) => useLive.setState({ mode: (message as StatusEvent).mode }),
  balances: (message) => useLive.setState({ balances: (message as BalancesEvent).balances }),
  orders: (message) => ordersTold(message as OrdersEvent),
  fills: (message) => fillsTold(message as FillsEvent),
};

function told(message: Told): void {
  const [kind = "", name = ""] = message.channel.split(":");
  HANDLERS[kind]?.(message, name);
}

function bookTold(message: BookSnapshot | BookDelta, name: string): void {
  const found = books.get(name);
  if (!found) return;
  const before = found.book.synced;
  const good = found.book.apply(message);
  if (!good && (before || message.type === "snapshot")) socket?.refresh(`book:${name}`);
  if (useLive.getState().synced !== good) useLive.setState({ synced: good });
  for (const listener of found.listeners) listener();
}

function tradesTold(message: TradesSnapshot | TradesUpdate, name: string): void {
  const found = tapes.get(name);
  if (!found) return;
  const fresh = message.trades.toReversed();
  const all = message.type === "snapshot" ? fresh : [...fresh, ...found.trades];
  found.trades = all.slice(0, TRADES_KEPT);
  for (const listener of found.listeners) listener();
}

const OPEN = new Set(["open", "partially_filled", "waiting", "triggered", "pending"]);
export const isOpen = (order: OrderOut): boolean => OPEN.has(order.status);

function ordersTold(message: OrdersEvent): void {
  const snapshot = message.type === "snapshot";
  const orders = new Map(snapshot ? [] : useLive.getState().orders);
  for (const order of message.orders) {
    if (isOpen(order)) orders.set(order.order_id, order);
    else orders.delete(order.order_id);
    if (!snapshot) for (const listener of orderListeners) listener(order);
  }
  useLive.setState({ orders });
}

function fillsTold(message: FillsEvent): void {
  if (message.type === "snapshot") return;
  const fresh = message.fills.toReversed();
  useLive.setState((state) => ({ fills: [...fresh, ...state.fills].slice(0, FILLS_KEPT) }));
  for (const fill of message.fills) for (const listener of fillListeners) listener(fill);
}

function into<T>(set: Set<T>, listener: T): () => void {
  set.add(listener);
  return () => set.delete(listener);
}

export const onFill = (listener: (fill: FillOut) => void) => into(fillListeners, listener);
export const onOrder = (listener: (order: OrderOut) => void) => into(orderListeners, listener);

/** Follows a book; `changed` is called after every change. Returns the book and how to stop. */
export function followBook(market: Market, changed: Listener): [Book, () => void] {
  let found = books.get(market.name);
  if (!found) {
    const book = new Book(market.priceDecimals, market.quantityDecimals);
    found = { book, listeners: new Set() };
    books.set(market.name, found);
  }
  const { book, listeners } = found;
  listeners.add(changed);
  const stop = socket?.follow(`book:${market.name}`);
  return [book, () => {
    listeners.delete(changed);
    stop?.();
    if (listeners.size === 0) books.delete(market.name);
  }];
}

/** Follows the tape of a market; the function returned first gives its trades, newest first. */
export function followTape(name: string, changed: Listener): [() => readonly TradeOut[], () => void] {
  const found = tapes.get(name) ?? { trades: [], listeners: new Set<Listener>() };
  tapes.set(name, found);
  found.listeners.add(changed);
  const stop = socket?.follow(`trades:${name}`);
  return [() => found.trades, () => {
    found.listeners.delete(changed);
    stop?.();
    if (found.listeners.size === 0) tapes.delete(name);
  }];
}

export function followKlines(channel: string, told: (kline: StreamedKline) => void): () => void {
  const listeners = klines.get(channel) ?? new Set();
  klines.set(channel, listeners);
  listeners.add(told);
  const stop = socket?.follow(channel);
  return () => {
    listeners.delete(told);
    stop?.();
    if (listeners.size === 0) klines.delete(channel);
  };
}

export function followTickers(names: readonly string[]): () => void {
  const stops = names.map((name) => socket?.follow(`ticker:${name}`));
  return () => stops.forEach((stop) => stop?.());
}
