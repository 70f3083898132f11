import { useState } from "react";
import { call } from "@/packages/api/calls";
import type { OrderOut } from "@/packages/api/types";
import { useLive } from "@/packages/feed/live";
import { grouped } from "@/packages/money/decimal";
import { show } from "@/packages/state/desk";
import { Dialog } from "@/packages/ui/dialog";
import { dayAndClock } from "@/packages/ui/time";
import { toast, toastError } from "@/packages/ui/toasts";
import { filledShare, kindWords, pairWords, triggerOf } from "./words";

/** The orders that are open, as the stream tells them. */
export function OpenOrders({ market }: { market: string | undefined }) {
  const orders = useLive((live) => live.orders);
  if (orders === null) return <p className="empty">Loading…</p>;
  const shown = [...orders.values()]
    .filter((order) => market === undefined || order.market === market)
    .sort((a, b) => b.order_id - a.order_id);
  if (shown.length === 0) return <p className="empty">No open orders</p>;
  return (
    <div className="scroll" tabIndex={0} role="group" aria-label="Open orders">
      <table className="table">
        <thead>
          <tr>
            <th>Time</th><th>Market</th><th>Kind</th><th>Side</th><th className="right">Price</th>
            <th className="right">Amount</th><th className="right">Filled</th>
            <th><span className="hidden">Cancel</span></th>
          </tr>
        </thead>
        <tbody>{shown.map((order) => <Row key={order.order_id} order={order} />)}</tbody>
      </table>
    </div>
  );
}

function Row({ order }: { order: OrderOut }) {
  const [busy, setBusy] = useState(false);
  const trigger = triggerOf(order);
  const cancel = () => {
    setBusy(true);
    call("cancel", { query: { order_id: order.order_id } })
      .then(() => toast("plain", "Order cancelled", pairWords(order.market)))
      .catch(toastError("Not cancelled"))
      .finally(() => setBusy(false));
  };
  return (
    <tr data-order={order.order_id}>
      <td className="muted">{dayAndClock(order.created_at)}</td>
      <td>{pairWords(order.market)}</td>
      <td>{kindWords(order)}</td>
      <td className={order.side === "buy" ? "up" : "down"}>{order.side === "buy" ? "Buy" : "Sell"}</td>
      <td className="right">
        {order.price ? grouped(order.price) : "Market"}
        {trigger && <span className="under">trigger {grouped(trigger)}</span>}
      </td>
      <td className="right">{order.quantity ?? order.budget}</td>
      <td className="right">{filledShare(order)}</td>
      <td className="right">
        <button
          type="button" className="plain small" disabled={busy} onClick={cancel}
          aria-label={`Cancel order ${order.order_id}`}
        >
          Cancel
        </button>
      </td>
    </tr>
  );
}

/** Asks before every open order is cancelled. */
export function CancelAll({ market }: { market: string }) {
  const orders = useLive((live) => live.orders);
  const all = orders?.size ?? 0;
  const here = [...(orders?.values() ?? [])].filter((order) => order.market === market).length;
  const cancel = (only: boolean) => () => {
    show(null);
    call("cancel_all", { query: only ? { market } : {} })
      .then(({ cancelled }) => toast("good", `${cancelled} orders cancelled`))
      .catch(toastError("Not cancelled"));
  };
  return (
    <Dialog title="Cancel all orders?" kind="question" close={() => show(null)}>
      <p>
        You have {all} open {all === 1 ? "order" : "orders"}, {here} of them in {pairWords(market)}.
        What has been traded stays traded.
      </p>
      <div className="actions">
        <button type="button" className="plain" onClick={() => show(null)}>Keep them</button>
        {here > 0 && here < all && (
          <button type="button" className="danger" onClick={cancel(true)}>
            Cancel {here} in {pairWords(market)}
          </button>
        )}
        <button type="button" className="danger" disabled={all === 0} onClick={cancel(false)}>
          Cancel all {all}
        </button>
      </div>
    </Dialog>
  );
}
