import { useState } from "react";
import { useSession } from "@/packages/api/session";
import { useLive } from "@/packages/feed/live";
import type { Market } from "@/packages/money/market";
import { show } from "@/packages/state/desk";
import { Icon } from "@/packages/ui/icons";
import { Tabs } from "@/packages/ui/tabs";
import { Balances } from "./Balances";
import { download, type Table } from "./export";
import { Fills, History, Transfers } from "./History";
import { OpenOrders } from "./OpenOrders";

const KEYS = ["open", "history", "fills", "balances", "transfers"] as const;
type Key = (typeof KEYS)[number];
const FILES: Partial<Record<Key, Table>> = {
  history: "orders", fills: "fills", transfers: "transfers",
};
const LABELS = { history: "Order history", fills: "Fills", balances: "Balances", transfers: "Transfers" };

/** What one has and has done, at the foot of the screen. */
export function Desk({ market }: { market: Market }) {
  const [key, setKey] = useState<Key>("open");
  const [only, setOnly] = useState(false);
  const state = useSession((session) => session.state);
  const orders = useLive((live) => live.orders);
  const count = orders?.size ?? 0;
  const file = FILES[key];
  const name = only ? market.name : undefined;
  return (
    <section className="panel desk" aria-label="Orders and balances">
      <Tabs
        label="Orders and balances" className="fill" chosen={key} choose={setKey}
        tabs={KEYS.map((one) => ({
          key: one,
          label: one === "open" ? <>Open orders{count > 0 && <em>{count}</em>}</> : LABELS[one],
        }))}
        beside={state === "in" && (
          <div className="desk-tools">
            {key !== "balances" && key !== "transfers" && (
              <label className="check">
                <input
                  type="checkbox" checked={only} onChange={(event) => setOnly(event.target.checked)}
                />
                This market only
              </label>
            )}
            {key === "open" && (
              <button
                type="button" className="plain small" disabled={count === 0}
                onClick={() => show("cancel-all")}
              >
                Cancel all
              </button>
            )}
            {file && (
              <button type="button" className="plain small" onClick={() => void download(file)}>
                <Icon name="download" /> CSV
              </button>
            )}
          </div>
        )}
      >
        {state !== "in" ? <Stranger state={state} /> : (
          <>
            {key === "open" && <OpenOrders market={name} />}
            {key === "history" && <History market={name} />}
            {key === "fills" && <Fills market={name} />}
            {key === "balances" && <Balances market={market} />}
            {key === "transfers" && <Transfers />}
          </>
        )}
      </Tabs>
    </section>
  );
}

function Stranger({ state }: { state: string }) {
  if (state === "unknown") return <p className="empty">Looking for your session…</p>;
  return (
    <div className="empty">
      <button type="button" className="link" onClick={() => show("sign-in")}>Log in or register</button>
      {" to see your orders and balances."}
    </div>
  );
}
