import { useEffect, useMemo, useRef, useState } from "react";
import type { Book, Level } from "@/packages/feed/book";
import { grouped } from "@/packages/feed/book";
import { followBook, useLive } from "@/packages/feed/live";
import { compact, format, grouped as apart, read } from "@/packages/money/decimal";
import type { Market } from "@/packages/money/market";
import { usePreferences, wish } from "@/packages/state/desk";
import { Select } from "@/packages/ui/select";
import { dress, put, useFrames, useRows } from "./drawing";

const ROW_PX = 20;
const SPREAD_PX = 30;
const STEPS = [1n, 10n, 100n, 1000n];

/** The book as a ladder: asks above, bids below, drawn by hand because it moves all the time. */
export function Ladder({ market }: { market: Market }) {
  const box = useRef<HTMLDivElement>(null);
  const asksBox = useRef<HTMLDivElement>(null);
  const bidsBox = useRef<HTMLDivElement>(null);
  const spreadBox = useRef<HTMLDivElement>(null);
  const shown = useRef<{ asks: Level[]; bids: Level[] }>({ asks: [], bids: [] });
  const book = useRef<Book | null>(null);
  const [times, setTimes] = useState(0);
  const synced = useLive((live) => live.synced);
  const orders = useLive((live) => live.orders);
  const step = market.tick * (STEPS[times] ?? 1n);
  const rows = Math.max(1, Math.floor((useRows(box, 1) - SPREAD_PX) / 2 / ROW_PX));
  const decimals = useMemo(() => stepDecimals(step, market.priceDecimals), [step, market]);

  const own = useMemo(() => {
    const found = { buy: new Set<bigint>(), sell: new Set<bigint>() };
    for (const order of orders?.values() ?? []) {
      if (order.market !== market.name || order.price === null) continue;
      const price = read(order.price, market.priceDecimals);
      const rest = price % step;
      const group = price - rest + (order.side === "sell" && rest > 0n ? step : 0n);
      found[order.side].add(group);
    }
    return found;
  }, [orders, market, step]);

  const draw = useFrames(() => {
    const from = book.current;
    if (!from || !asksBox.current || !bidsBox.current || !spreadBox.current) return;
    const asks = grouped(from.asks, step, false, rows);
    const bids = grouped(from.bids, step, true, rows);
    shown.current = { asks, bids };
    const most = [asks, bids].map(total).reduce((a, b) => (a > b ? a : b), 1n);
    const look = { market, decimals, most };
    drawSide(asksBox.current, asks, { ...look, own: own.sell });
    drawSide(bidsBox.current, bids, { ...look, own: own.buy });
    drawSpread(spreadBox.current, from, market);
  });

  useEffect(() => {
    const [followed, stop] = followBook(market, draw);
    book.current = followed;
    return stop;
  }, [market, draw]);
  useEffect(draw, [draw, rows, step, own, market]);

  const take = (side: "asks" | "bids") => (event: React.MouseEvent) => {
    const row = (event.target as HTMLElement).closest<HTMLElement>("[data-at]");
    const at = Number(row?.dataset["at"] ?? -1);
    const level = shown.current[side][at];
    if (!level) return;
    const price = format(level.price, market.priceDecimals);
    const all = (event.target as HTMLElement).closest(".total") !== null;
    const quantity = all ? total(shown.current[side].slice(0, at + 1)) : null;
    const text = quantity === null ? null : format(quantity, market.quantityDecimals);
    const { clickTrade } = usePreferences.getState();
    wish({
      side: side === "asks" ? "buy" : "sell", price, quantity: text, send: clickTrade && !all,
    });
  };

  return (
    <section className={`panel ladder ${synced ? "" : "unsynced"}`} aria-label="Order book">
      <header className="panel-head">
        <h2>Order book</h2>
        {!synced && <span className="badge warn" role="status">resyncing</span>}
        <Select
          label="Price grouping" value={String(times)} choose={(at) => setTimes(Number(at))}
          options={STEPS.map((one, at) => ({
            value: String(at), label: format(market.tick * one, market.priceDecimals),
          }))}
        />
      </header>
      <div className="columns" aria-hidden="true">
        <span>Price ({market.quote})</span><span>Amount ({market.base})</span><span>Total</span>
      </div>
      <div ref={box} className="ladder-body" data-testid="ladder">
        <div ref={asksBox} className="side asks" onClick={take("asks")}><Rows count={rows} /></div>
        <div ref={spreadBox} className="spread">
          <strong data-part="middle">–</strong><span data-part="spread" />
        </div>
        <div ref={bidsBox} className="side bids" onClick={take("bids")}><Rows count={rows} /></div>
      </div>
    </section>
  );
}

function Rows({ count }: { count: number }) {
  return Array.from({ length: count }, (_, at) => (
    <div key={at} className="level empty-row" data-at={at}>
      <i className="bar" /><span /><span /><span className="total" />
    </div>
  ));
}

const total = (levels: readonly Level[]) => levels.reduce((sum, level) => sum + level.quantity, 0n);

/** Returns how many decimals a price on a step needs: 0 for steps of 10. */
function stepDecimals(step: bigint, decimals: number): number {
  let left = decimals;
  while (left > 0 && step % 10n ** BigInt(decimals - left + 1) === 0n) left -= 1;
  return left;
}

interface Look {
  readonly market: Market;
  readonly decimals: number;
  readonly most: bigint;
  readonly own: ReadonlySet<bigint>;
}

function drawSide(box: HTMLElement, levels: readonly Level[], look: Look): void {
  const { market, decimals, most, own } = look;
  let sum = 0n;
  for (let at = 0; at < box.children.length; at += 1) {
    const row = box.children[at] as HTMLElement;
    const level = levels[at];
    if (!level) {
      dress(row, "level empty-row");
      continue;
    }
    sum += level.quantity;
    dress(row, own.has(level.price) ? "level own" : "level");
    const [bar, price, quantity, cumulative] = row.children as unknown as HTMLElement[];
    const scale = `scaleX(${Number((sum * 1000n) / most) / 1000})`;
    if (bar && bar.style.transform !== scale) bar.style.transform = scale;
    if (price) put(price, apart(cut(level.price, market.priceDecimals, decimals)));
    if (quantity) put(quantity, format(level.quantity, market.quantityDecimals));
    if (cumulative) put(cumulative, compact(format(sum, market.quantityDecimals)));
  }
}

/** Returns a price with fewer decimals, which are all it has. */
const cut = (price: bigint, from: number, to: number) =>
  format(price / 10n ** BigInt(from - to), to);

function drawSpread(box: HTMLElement, book: Book, market: Market): void {
  const ask = book.asks[0]?.price;
  const bid = book.bids[0]?.price;
  const middle = box.querySelector<HTMLElement>("[data-part=middle]");
  const spread = box.querySelector<HTMLElement>("[data-part=spread]");
  if (!middle || !spread) return;
  if (ask === undefined || bid === undefined) {
    put(middle, "–");
    put(spread, "one side is empty");
    return;
  }
  const twice = ask + bid;
  put(middle, apart(format(twice * 5n, market.priceDecimals + 1)).replace(/0$/, ""));
  const share = format(((ask - bid) * 200_000n) / twice, 3);
  put(spread, `Spread ${format(ask - bid, market.priceDecimals)} (${share}%)`);
}
