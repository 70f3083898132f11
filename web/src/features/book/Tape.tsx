import { useEffect, useRef } from "react";
import type { TradeOut } from "@/packages/api/types";
import { followTape } from "@/packages/feed/live";
import { grouped } from "@/packages/money/decimal";
import type { Market } from "@/packages/money/market";
import { clock } from "@/packages/ui/time";
import { dress, put, useFrames, useRows } from "./drawing";

const ROW_PX = 20;

/** The newest trades of everybody, coloured by who took. */
export function Tape({ market }: { market: Market }) {
  const box = useRef<HTMLDivElement>(null);
  const trades = useRef<() => readonly TradeOut[]>(() => []);
  const rows = useRows(box, ROW_PX);
  const draw = useFrames(() => {
    const all = trades.current();
    const children = box.current?.children ?? [];
    for (let at = 0; at < children.length; at += 1) {
      const row = children[at] as HTMLElement;
      const trade = all[at];
      const [price, quantity, time] = row.children as unknown as HTMLElement[];
      dress(row, trade ? `print ${trade.side === "buy" ? "up" : "down"}` : "print empty-row");
      if (!trade || !price || !quantity || !time) continue;
      put(price, grouped(trade.price));
      put(quantity, trade.quantity);
      put(time, clock(trade.time));
    }
  });
  useEffect(() => {
    const [read, stop] = followTape(market.name, draw);
    trades.current = read;
    return stop;
  }, [market, draw]);
  useEffect(draw, [draw, rows, market]);
  return (
    <section className="panel tape" aria-label="Trades">
      <header className="panel-head"><h2>Trades</h2></header>
      <div className="columns" aria-hidden="true">
        <span>Price ({market.quote})</span><span>Amount ({market.base})</span><span>Time</span>
      </div>
      <div ref={box} className="tape-body" data-testid="tape">
        {Array.from({ length: rows }, (_, at) => (
          <div key={at} className="print empty-row"><span /><span /><span /></div>
        ))}
      </div>
    </section>
  );
}
