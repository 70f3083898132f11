import { useEffect } from "react";
import type { TickerOut } from "@/packages/api/types";
import { useLive, followTickers } from "@/packages/feed/live";
import { compact, format, grouped, read } from "@/packages/money/decimal";
import type { Market } from "@/packages/money/market";
import { show, useDesk, usePreferences } from "@/packages/state/desk";
import { useMarket, useMarkets } from "@/packages/state/markets";
import { Icon } from "@/packages/ui/icons";
import { MarketList } from "./MarketList";

export const pair = (name: string) => name.replace("_", "/");

/** Says which class a change is dressed in. */
export const direction = (change: string | null) =>
  change === null || /^-?0*(\.0*)?$/.test(change) ? "" : change.startsWith("-") ? "down" : "up";

/** Returns the middle between the best bid and the best ask, with half a unit more where it has one. */
function middleOf(market: Market, ticker: TickerOut | undefined): string {
  if (!ticker?.best_bid || !ticker.best_ask) return "–";
  const [bid, ask] = [ticker.best_bid, ticker.best_ask].map((text) => read(text, market.priceDecimals));
  const tenths = ((bid ?? 0n) + (ask ?? 0n)) * 5n;
  return grouped(format(tenths, market.priceDecimals + 1)).replace(/0$/, "");
}

/** The chosen market at a glance, and the way to another. */
export function MarketBar() {
  const market = useMarket();
  const markets = useMarkets();
  const ticker = useLive((live) => (market ? live.tickers[market.name] : undefined));
  const open = useDesk((desk) => desk.dialog === "markets");
  const favourites = usePreferences((preferences) => preferences.favourites);
  const names = markets.map((one) => one.name).join(" ");
  useEffect(() => (names ? followTickers(names.split(" ")) : undefined), [names]);
  useEffect(() => {
    const price = ticker?.last_price;
    document.title = market && price ? `${grouped(price)} ${pair(market.name)} · Outcry` : "Outcry";
  }, [market, ticker?.last_price]);
  if (!market) return <div className="market-bar" />;
  const change = ticker?.price_change_percent ?? null;
  const way = direction(change);
  const halted = market.state !== "trading";
  return (
    <section className="market-bar" aria-label="Market">
      <button
        type="button" className="market-button" aria-haspopup="dialog" aria-expanded={open}
        onClick={() => show(open ? null : "markets")}
      >
        <Icon name="star" filled={favourites.includes(market.name)} />
        <strong>{pair(market.name)}</strong>
        <Icon name="chevron" />
      </button>
      {halted && <span className="badge bad">{market.state.replace("_", " ")}</span>}
      <div className={`last ${way}`} data-testid="last-price">
        {ticker?.last_price ? grouped(ticker.last_price) : "–"}
      </div>
      <dl className="facts">
        <div>
          <dt>24h change</dt>
          <dd className={way}>
            {change === null ? "–" : `${way === "up" ? "+" : ""}${ticker?.price_change ?? ""} `}
            {change !== null && `${way === "up" ? "+" : ""}${change}%`}
          </dd>
        </div>
        <div><dt>Middle</dt><dd>{middleOf(market, ticker)}</dd></div>
        <div><dt>24h high</dt><dd>{ticker?.high_price ? grouped(ticker.high_price) : "–"}</dd></div>
        <div><dt>24h low</dt><dd>{ticker?.low_price ? grouped(ticker.low_price) : "–"}</dd></div>
        <div>
          <dt>24h volume ({market.base})</dt><dd>{ticker ? compact(ticker.volume) : "–"}</dd>
        </div>
        <div>
          <dt>24h volume ({market.quote})</dt><dd>{ticker ? compact(ticker.quote_volume) : "–"}</dd>
        </div>
      </dl>
      {open && <MarketList markets={markets} chosen={market.name} />}
    </section>
  );
}
