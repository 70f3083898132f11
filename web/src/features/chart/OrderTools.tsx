import { call } from "@/packages/api/calls";
import type { OrderOut } from "@/packages/api/types";
import { grouped } from "@/packages/money/decimal";
import type { Market } from "@/packages/money/market";
import { Dialog } from "@/packages/ui/dialog";
import { Icon } from "@/packages/ui/icons";
import { toast, toastError } from "@/packages/ui/toasts";
import type { Pointed } from "./lines";

/** An order and the price it was dragged to. */
export interface Move {
  readonly order: OrderOut;
  readonly price: string;
}

/** Gives an order another price. Whether it was done is said; it never throws. */
export async function amend({ order, price }: Move): Promise<void> {
  await call("replace", { body: { order_id: order.order_id, price } })
    .then(() => toast("good", "Order moved", `now at ${grouped(price)}`))
    .catch(toastError("Order not moved"));
}

/** Beside the line that is pointed at: what it is, and the way to cancel it. */
export function LineTools({ pointed, done }: { pointed: Pointed; done: () => void }) {
  const { order, y } = pointed;
  const cancel = () => {
    done();
    call("cancel", { query: { order_id: order.order_id } })
      .then(() => toast("plain", "Order cancelled", order.market.replace("_", "/")))
      .catch(toastError("Not cancelled"));
  };
  return (
    <div className={`line-tools ${order.side}`} style={{ top: y }}>
      <span>{order.side === "buy" ? "Buy" : "Sell"} {order.remaining_quantity}</span>
      <button
        type="button" className="plain" aria-label={`Cancel order ${order.order_id} on the chart`}
        onClick={cancel}
      >
        <Icon name="close" />
      </button>
    </div>
  );
}

interface SureProps {
  readonly move: Move;
  readonly market: Market;
  readonly done: () => void;
}

/** Asks before an order that was dragged is moved, for those who wish to be asked. */
export function MoveSure({ move, market, done }: SureProps) {
  const { order, price } = move;
  return (
    <Dialog title="Move this order?" kind="question" close={done}>
      <p>
        {order.side === "buy" ? "Buy" : "Sell"} {order.remaining_quantity} {market.base}: from{" "}
        {grouped(order.price ?? "")} to <strong>{grouped(price)} {market.quote}</strong>. At another
        price it goes to the end of the queue.
      </p>
      <div className="actions">
        <button type="button" className="plain" onClick={done}>Leave it</button>
        <button type="button" className="primary" onClick={() => void amend(move).then(done)}>
          Move it
        </button>
      </div>
    </Dialog>
  );
}
