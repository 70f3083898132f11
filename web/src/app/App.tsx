import { useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { Ladder } from "@/features/book/Ladder";
import { Tape } from "@/features/book/Tape";
import { ChartPanel } from "@/features/chart/ChartPanel";
import { Banner, StatusBar } from "@/features/connection/StatusBar";
import { Trouble } from "@/features/connection/Trouble";
import { Desk } from "@/features/desk/Desk";
import { OrderForm } from "@/features/order/OrderForm";
import { useSession } from "@/packages/api/session";
import { onFill } from "@/packages/feed/live";
import { grouped } from "@/packages/money/decimal";
import type { Market } from "@/packages/money/market";
import { useDesk } from "@/packages/state/desk";
import { useMarket } from "@/packages/state/markets";
import { news } from "@/packages/ui/news";
import { Bar } from "./Bar";
import { Dialogs } from "./Dialogs";
import { Edges, usePanelSizes } from "./Edges";
import { useHotkeys } from "./hotkeys";
import { Panes } from "./Panes";


/** The whole screen. */
export function App() {
  const market = useMarket();
  const pane = useDesk((desk) => desk.pane);
  const sizes = usePanelSizes();
  useHotkeys();
  useFillNews();
  useForgetting();
  return (
    <div className="screen" data-pane={pane}>
      <Bar />
      <Banner />
      <main className="grid" id="main" style={sizes}>
        <h1 className="hidden">Trade on Outcry</h1>
        {market ? <Trading market={market} /> : <p className="empty">Looking for the markets…</p>}
      </main>
      <StatusBar />
      <Panes />
      <Trouble />
      <Dialogs market={market?.name ?? ""} />
    </div>
  );
}

function Trading({ market }: { market: Market }) {
  return (
    <>
      <ChartPanel market={market} />
      <Ladder key={`book ${market.name}`} market={market} />
      <Tape key={`tape ${market.name}`} market={market} />
      <OrderForm market={market} />
      <Desk market={market} />
      <Edges />
    </>
  );
}

/** Says it when an order that was resting has traded. */
function useFillNews(): void {
  useEffect(() => onFill((fill) => {
    if (fill.liquidity !== "maker") return;
    const what = fill.side === "buy" ? "Bought" : "Sold";
    const base = fill.market.split("_")[0];
    news("Order traded", `${what} ${fill.quantity} ${base} at ${grouped(fill.price)}`);
  }), []);
}

/** Whoever logs out leaves nothing behind for who comes next. */
function useForgetting(): void {
  const client = useQueryClient();
  const userId = useSession((session) => session.userId);
  useEffect(() => {
    const own = new Set(["orders", "fills", "transfers", "keys", "sessions", "wallets", "logins",
      "sub-accounts"]);
    return () => client.removeQueries({ predicate: (query) => own.has(String(query.queryKey[0])) });
  }, [client, userId]);
}
