import { type KeyboardEvent, useState } from "react";
import { useLive } from "@/packages/feed/live";
import { compact, grouped } from "@/packages/money/decimal";
import type { Market } from "@/packages/money/market";
import { show, usePreferences } from "@/packages/state/desk";
import { choose } from "@/packages/state/markets";
import { Dialog } from "@/packages/ui/dialog";
import { Icon } from "@/packages/ui/icons";
import { direction, pair } from "./MarketBar";
import { Sparkline } from "./Sparkline";

interface Props {
  readonly markets: readonly Market[];
  readonly chosen: string;
}

/** All markets, to search and to choose from; favourites come first. */
export function MarketList({ markets, chosen }: Props) {
  const [text, setText] = useState("");
  const tickers = useLive((live) => live.tickers);
  const favourites = usePreferences((preferences) => preferences.favourites);
  const wanted = text.trim().toUpperCase().replace("/", "_");
  const found = markets
    .filter((market) => market.name.includes(wanted))
    .toSorted((a, b) => Number(favourites.includes(b.name)) - Number(favourites.includes(a.name)));
  const take = (name: string) => {
    choose(name);
    show(null);
  };
  const enter = (event: KeyboardEvent) => {
    if (event.key === "Enter" && found[0]) take(found[0].name);
  };
  const turn = (name: string) =>
    usePreferences.setState({
      favourites: favourites.includes(name)
        ? favourites.filter((one) => one !== name)
        : [...favourites, name],
    });
  return (
    <Dialog title="Markets" kind="markets" close={() => show(null)}>
      <input
        className="search" type="search" placeholder="Search" aria-label="Search markets" autoFocus
        value={text} onChange={(event) => setText(event.target.value)} onKeyDown={enter}
      />
      <div className="scroll">
        <table className="table markets">
          <thead>
            <tr>
              <th><span className="hidden">Favourite</span></th><th>Market</th>
              <th><span className="hidden">Last 24 hours</span></th>
              <th className="right">Last</th><th className="right">24h</th>
              <th className="right">Volume</th>
            </tr>
          </thead>
          <tbody>
            {found.map((market) => {
              const ticker = tickers[market.name];
              const change = ticker?.price_change_percent ?? null;
              const favourite = favourites.includes(market.name);
              return (
                <tr key={market.name} className={market.name === chosen ? "chosen" : ""}>
                  <td>
                    <button
                      type="button" className={`plain star ${favourite ? "on" : ""}`}
                      aria-label={`Favourite ${pair(market.name)}`} aria-pressed={favourite}
                      onClick={() => turn(market.name)}
                    >
                      <Icon name="star" filled={favourite} />
                    </button>
                  </td>
                  <td>
                    <button type="button" className="link" onClick={() => take(market.name)}>
                      {pair(market.name)}
                    </button>
                  </td>
                  <td><Sparkline market={market} way={direction(change)} /></td>
                  <td className="right">{ticker?.last_price ? grouped(ticker.last_price) : "–"}</td>
                  <td className={`right ${direction(change)}`}>{change === null ? "–" : `${change}%`}</td>
                  <td className="right">
                    {ticker ? compact(ticker.quote_volume) : "–"} {market.quote}
                  </td>
                </tr>
              );
            })}
          </tbody>
        </table>
        {found.length === 0 && <p className="empty">No market is called that.</p>}
      </div>
    </Dialog>
  );
}
