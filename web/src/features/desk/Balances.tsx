import { useLive } from "@/packages/feed/live";
import { grouped } from "@/packages/money/decimal";
import { show, withdraw } from "@/packages/state/desk";

const NOTHING = /^-?0*(\.0*)?$/;

/** What one has of each asset. */
export function Balances() {
  const balances = useLive((live) => live.balances);
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
  return (
    <div className="scroll" tabIndex={0} role="group" aria-label="Balances">
      <table className="table">
        <thead>
          <tr>
            <th>Asset</th><th className="right">Total</th><th className="right">Available</th>
            <th className="right">In orders</th><th><span className="hidden">Withdraw</span></th>
          </tr>
        </thead>
        <tbody>
          {shown.map((balance) => (
            <tr key={balance.asset} data-asset={balance.asset}>
              <td><strong>{balance.asset}</strong></td>
              <td className="right">{grouped(balance.total)}</td>
              <td className="right">{grouped(balance.available)}</td>
              <td className="right muted">{grouped(balance.held)}</td>
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
      </table>
    </div>
  );
}
