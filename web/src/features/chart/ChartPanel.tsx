import { useQuery } from "@tanstack/react-query";
import { useEffect, useMemo, useRef, useState } from "react";
import { call } from "@/packages/api/calls";
import { useSession } from "@/packages/api/session";
import type { OrderOut } from "@/packages/api/types";
import { followKlines, useLive } from "@/packages/feed/live";
import { compact, grouped } from "@/packages/money/decimal";
import type { Market } from "@/packages/money/market";
import { usePreferences } from "@/packages/state/desk";
import { Tabs } from "@/packages/ui/tabs";
import { CandleChart, type Legend } from "./candles";
import { DepthChart } from "./DepthChart";
import type { Pointed } from "./lines";
import { amend, LineTools, type Move, MoveSure } from "./OrderTools";

const INTERVALS = ["1s", "1m", "5m", "15m", "1h", "4h", "1d", "1w", "1M"] as const;
const FEWER = 500;
const SHOWN = 120;
/** With fewer minutes than this a market is shown by the second. */
const YOUNG = 20;

/** Candles, or the depth of the book. */
export function ChartPanel({ market }: { market: Market }) {
  const [view, setView] = useState<"candles" | "depth">("candles");
  const interval = useInterval(market);
  return (
    <section className="panel chart-panel" aria-label="Chart">
      <Tabs
        label="Chart" className="fill" chosen={view} choose={setView}
        tabs={[{ key: "candles", label: "Chart" }, { key: "depth", label: "Depth" }]}
        beside={view === "candles" && (
          <div className="intervals" role="group" aria-label="Interval">
            {INTERVALS.map((one) => (
              <button
                key={one} type="button" className="plain" aria-pressed={one === interval}
                onClick={() => usePreferences.setState({ interval: one })}
              >
                {one}
              </button>
            ))}
          </div>
        )}
      >
        {view === "candles"
          ? interval && <Candles key={`${market.name}:${interval}`} market={market} interval={interval} />
          : <DepthChart key={market.name} market={market} />}
      </Tabs>
    </section>
  );
}

/** Returns what was chosen, else minutes, or seconds where there are few of those; null: not known yet. */
function useInterval(market: Market): string | null {
  const chosen = usePreferences((preferences) => preferences.interval);
  const young = useQuery({
    queryKey: ["young", market.name], enabled: chosen === null, staleTime: Infinity,
    queryFn: async () => {
      const query = { market: market.name, interval: "1m", limit: YOUNG } as const;
      return (await call("klines", { query })).klines.length < YOUNG;
    },
  });
  if (chosen !== null || young.isPending) return chosen;
  return young.data ? "1s" : "1m";
}

function Candles({ market, interval }: { market: Market; interval: string }) {
  const box = useRef<HTMLDivElement>(null);
  const chart = useRef<CandleChart | null>(null);
  const [legend, setLegend] = useState<Legend | null>(null);
  const [loaded, setLoaded] = useState(0);
  const [pointed, setPointed] = useState<Pointed | null>(null);
  const [moving, setMoving] = useState<Move | null>(null);
  const theme = usePreferences((preferences) => `${preferences.theme}${preferences.swapColours}`);
  const connections = useLive((live) => live.facts.connections);
  const channel = `kline:${market.name}:${interval}`;

  const isThere = useLive((live) => pointed !== null && (live.orders?.has(pointed.order.order_id) ?? false));
  const back = useRef(() => {});
  const end = () => {
    setMoving(null);
    back.current();
  };
  const dragged = useRef((order: OrderOut, price: string) => {
    if (usePreferences.getState().confirm) setMoving({ order, price });
    else void amend({ order, price }).then(() => back.current());
  }).current;

  useEffect(() => {
    if (!box.current) return undefined;
    const made = new CandleChart(box.current, market, setLegend, { pointed: setPointed, dragged });
    chart.current = made;
    let loading = false;
    let complete = false;
    made.whenBegun(async () => {
      const first = made.firstSeconds();
      if (loading || complete || first === null) return;
      loading = true;
      const klines = await older(market.name, interval, first).catch(() => []);
      complete = klines.length < 2;
      if (chart.current === made && !complete) made.prepend(klines);
      loading = false;
    });
    return () => {
      chart.current = null;
      made.remove();
    };
  }, [market, interval]);

  // Every connection begins anew: what was missed is read again.
  useEffect(() => {
    let there = true;
    let stop: (() => void) | undefined;
    const query = { market: market.name, interval, limit: FEWER };
    void call("klines", { query: query as never }).then(({ klines }) => {
      if (!there || !chart.current) return;
      const first = chart.current.count === 0;
      chart.current.set(klines);
      if (first) chart.current.show(SHOWN);
      setLoaded((count) => count + 1);
      stop = followKlines(channel, (kline) => chart.current?.update(kline));
    }).catch(() => undefined);
    return () => {
      there = false;
      stop?.();
    };
  }, [market, interval, channel, connections]);

  useEffect(() => chart.current?.dress(), [theme]);
  back.current = useOwn(chart, market, loaded, theme);
  return (
    <div className="candles" onPointerLeave={() => setPointed(null)}>
      <div className="legend" aria-hidden="true">
        {legend?.prices.map(([letter, price]) => (
          <span key={letter}>{letter} <b className={legend.way}>{grouped(price)}</b></span>
        ))}
        {legend && <span>Vol <b>{compact(legend.volume)}</b></span>}
      </div>
      <div ref={box} className="chart-box" data-testid="chart" data-loaded={loaded} />
      {pointed && isThere && <LineTools pointed={pointed} done={() => setPointed(null)} />}
      {moving && <MoveSure move={moving} market={market} done={end} />}
      <a
        className="attribution" href="https://www.tradingview.com/" target="_blank"
        rel="noopener noreferrer"
      >
        Charts by TradingView
      </a>
    </div>
  );
}

async function older(market: string, interval: string, beforeSeconds: number) {
  const query = { market, interval, limit: FEWER, end_time: String(beforeSeconds * 1000) };
  return (await call("klines", { query: query as never })).klines;
}

/** Draws own orders and fills on the chart; returns how the orders are drawn as they are. */
function useOwn(
  chart: React.RefObject<CandleChart | null>, market: Market, loaded: number, theme: string,
): () => void {
  const state = useSession((session) => session.state);
  const orders = useLive((live) => live.orders);
  const fresh = useLive((live) => live.fills);
  const before = useQuery({
    queryKey: ["fills", market.name, "chart"], enabled: state === "in",
    queryFn: () => call("fills", { query: { market: market.name, limit: 200 } }),
  });
  const mine = useMemo(
    () => [...(orders?.values() ?? [])].filter((order) => order.market === market.name),
    [orders, market],
  );
  useEffect(() => chart.current?.drawOrders(mine), [chart, mine, loaded, theme]);
  useEffect(() => {
    const known = state === "in" ? (before.data?.fills ?? []) : [];
    const all = [...known, ...fresh.filter((fill) => fill.market === market.name)];
    chart.current?.drawFills(all);
  }, [chart, before.data, fresh, market, loaded, theme, state]);
  return () => chart.current?.drawOrders(mine);
}
