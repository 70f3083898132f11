import { useLive } from "@/packages/feed/live";
import { grouped } from "@/packages/money/decimal";
import { type Market, quoteText } from "@/packages/money/market";
import { worth } from "@/packages/money/worth";
import { show, withdraw } from "@/packages/state/desk";
import { useMarkets } from "@/packages/state/markets";

const NOTHING = /^-?0*(\.0*)?$/;

/** What one has of each asset, and what it is worth in the market's quote asset. */
export function Balances({ market }: { market: Market }) {
  const balances = useLive((live) => live.balances);
  const tickers = useLive((live) => live.tickers);
  const markets = useMarkets();
  if (balances === null) return <p className="empty">Loading…</p>;
  const shown = balances.filter((balance) => !NOTHING.test(balance.total));
  if (shown.length === 0) {
    return (
      <div className="empty">
        {"Nothing yet. On a demo venue "}
        <button type="button" className="link" onClick={() => show("faucet")}>the faucet</button>
        {" gives play money."}
      </div>
    );
  }
  const values = shown.map((balance) => worth(
    balance.asset, balance.total, market.quote, markets,
    (name) => tickers[name]?.last_price ?? null,
  ));
  const all = values.reduce<bigint>((sum, value) => sum + (value ?? 0n), 0n);
  return (
    <div className="scroll" tabIndex={0} role="group" aria-label="Balances">
      <table className="table">
        <thead>
          <tr>
            <th>Asset</th><th className="right">Total</th><th className="right">Available</th>
            <th className="right">In orders</th><th className="right">Worth ({market.quote})</th><th><span className="hidden">Withdraw</span></th>
          </tr>
        </thead>
        <tbody>
          {shown.map((balance, at) => (
            <tr key={balance.asset} data-asset={balance.asset}>
              <td><strong>{balance.asset}</strong></td>
              <td className="right">{grouped(balance.total)}</td>
              <td className="right">{grouped(balance.available)}</td>
              <td className="right muted">{grouped(balance.held)}</td>
              <td className="right">{valueText(market, values[at] ?? null)}</td>
              <td className="right">
                <button
                  type="button" className="plain small" aria-label={`Withdraw ${balance.asset}`}
                  onClick={() => withdraw(balance.asset)}
                >
                  Withdraw
                </button>
              </td>
            </tr>
          ))}
        </tbody>
        <tfoot>
          <tr>
            <td colSpan={4}>All, at last prices</td>
            <td className="right" data-testid="worth">{valueText(market, all)}</td>
            <td />
          </tr>
        </tfoot>
      </table>
    </div>
  );
}

const valueText = (market: Market, units: bigint | null) =>
  (units === null ? "–" : grouped(quoteText(market, units)));
