import { type ReactNode, useState } from "react";
import { Act } from "@/admin/parts/Act";
import { Amount } from "@/admin/parts/Amount";
import { Choice, Filters } from "@/admin/parts/Choice";
import { ask, SLOW_MS, useLive, useMe } from "@/admin/parts/live";
import { Head, Loaded, Panel, Tag } from "@/admin/parts/Panel";
import { may } from "@/admin/parts/roles";
import { link, pathOf } from "@/admin/parts/route";
import { Rows } from "@/admin/parts/Rows";
import { countText, pair } from "@/admin/parts/words";
import type { StaffOrderOut } from "@/packages/api/types";
import { Field } from "@/packages/ui/field";
import { dayAndClock } from "@/packages/ui/time";

const PAGE = 100;
const NUMBER = /^\d{1,18}$/;
const OPEN = new Set(["open", "partially_filled", "pending", "waiting", "triggered"]);

/** Looks for orders, and cancels one, all of an account, or all of a market. */
export function Orders({ which }: { which: string | null }) {
  const me = useMe();
  const [market, setMarket] = useState(which && !NUMBER.test(which) ? which : "");
  const [account, setAccount] = useState(which && NUMBER.test(which) ? which : "");
  const [orderId, setOrderId] = useState("");
  const [only, setOnly] = useState<"open" | "all">("open");
  const [cursors, setCursors] = useState<readonly string[]>([]);
  const markets = useLive("staff_markets", {}, SLOW_MS).data?.markets ?? [];
  const cursor = cursors.at(-1);
  const query = {
    limit: PAGE, ...(market ? { market } : {}),
    ...(NUMBER.test(account) ? { account: Number(account) } : {}),
    ...(NUMBER.test(orderId) ? { order_id: Number(orderId) } : {}),
    ...(only === "open" ? { open: "true" as const } : {}), ...(cursor ? { cursor } : {}),
  };
  const orders = useLive("staff_orders", { query });
  const narrowed = Boolean(market || NUMBER.test(account));
  const set = (change: (value: string) => void) => (value: string) => {
    change(value.trim());
    setCursors([]);
  };
  return (
    <>
      <Head title="Orders">
        {narrowed && may(me.roles, "cancel orders") && (
          <CancelMany market={market} account={NUMBER.test(account) ? account : ""} />
        )}
      </Head>
      <div className="search-row">
        <Choice
          label="Market" value={market} choose={set(setMarket)}
          options={[["", "All"], ...markets.map((one) =>
            [one.rules.market, pair(one.rules.market)] as const)]}
        />
        <Field
          label="Account" inputMode="numeric" value={account}
          onChange={(event) => set(setAccount)(event.target.value)}
        />
        <Field
          label="Order" inputMode="numeric" value={orderId}
          onChange={(event) => set(setOrderId)(event.target.value)}
        />
        <Filters
          label="Which orders" value={only}
          choose={(value) => {
            setOnly(value);
            setCursors([]);
          }}
          options={[["open", "Open"], ["all", "All"]]}
        />
      </div>
      <Panel title={only === "open" ? "Open orders" : "All orders"}>
        <Loaded of={orders}>{(data) => (
          <OrderRows
            orders={data.orders}
            foot={(cursors.length > 0 || data.next_cursor) && (
              <div className="actions pager">
                {cursors.length > 0 && (
                  <button type="button" className="plain" onClick={() => setCursors(cursors.slice(0, -1))}>
                    Newer
                  </button>
                )}
                {data.next_cursor && (
                  <button
                    type="button" className="plain"
                    onClick={() => setCursors([...cursors, data.next_cursor ?? ""])}
                  >
                    Older
                  </button>
                )}
              </div>
            )}
          />
        )}</Loaded>
      </Panel>
    </>
  );
}

function CancelMany({ market, account }: { market: string; account: string }) {
  const what = [account && `account ${account}`, market && pair(market)].filter(Boolean).join(" in ");
  return (
    <Act
      label={`Cancel all of ${what}`} danger title={`Cancel all orders of ${what}`} button="Cancel all"
      about={<p>Every open order of {what} is cancelled, also what is not shown here.</p>}
      act={async (reason) => {
        const done = await ask("staff_cancel_orders", {
          body: {
            reason, ...(market ? { market } : {}), ...(account ? { account: Number(account) } : {}),
          },
        });
        return `${countText(done.cancelled)} cancelled`;
      }}
    />
  );
}

function OrderRows({ orders, foot }: { orders: readonly StaffOrderOut[]; foot: ReactNode }) {
  const me = useMe();
  const cancels = may(me.roles, "cancel orders");
  return (
    <Rows
      label="Orders" rows={orders} by={(one) => one.order_id} empty="No such order." foot={foot}
      columns={[
        { head: "Order", cell: (one) => <code>{one.order_id}</code> },
        {
          head: "Account",
          cell: (one) => <a {...link(pathOf("people", one.account))}>{one.account}</a>,
        },
        { head: "Market", cell: (one) => pair(one.market) },
        {
          head: "Side",
          cell: (one) => <span className={one.side === "buy" ? "up" : "down"}>{one.side}</span>,
        },
        { head: "Kind", cell: (one) => `${one.kind} ${one.time_in_force}` },
        { head: "Price", right: true, cell: (one) => <Amount text={one.price} /> },
        { head: "Amount", right: true, cell: (one) => <Amount text={one.quantity} /> },
        { head: "Filled", right: true, cell: (one) => <Amount text={one.filled_quantity} /> },
        {
          head: "State",
          cell: (one) => (
            <><Tag word={one.waiting ? "waiting" : one.status} />{" "}
              <span className="muted">{one.reason?.replaceAll("_", " ")}</span></>
          ),
        },
        { head: "Since", muted: true, spare: true, cell: (one) => dayAndClock(one.created_at) },
        ...(cancels ? [{
          head: "",
          cell: (one: StaffOrderOut) => OPEN.has(one.status) && (
            <Act
              label="Cancel" small danger title={`Cancel order ${one.order_id}`} button="Cancel it"
              about={<p>{one.side} {one.remaining_quantity} in {pair(one.market)}, of account {one.account}.</p>}
              act={async (reason) => {
                await ask("staff_cancel_orders", { body: { reason, order_id: one.order_id } });
                return `Order ${one.order_id} is cancelled`;
              }}
            />
          ),
        }] : []),
      ]}
    />
  );
}
