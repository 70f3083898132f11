import { useInfiniteQuery, useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useEffect } from "react";
import { call } from "@/packages/api/calls";
import type { FillOut, OrderOut, TransferOut } from "@/packages/api/types";
import { onFill, onOrder } from "@/packages/feed/live";
import { grouped } from "@/packages/money/decimal";
import { dayAndClock } from "@/packages/ui/time";
import { filledShare, kindWords, pairWords } from "./words";

const PAGE = 50;
const SETTLE_MS = 250;

interface Page<T> {
  readonly rows: readonly T[];
  readonly next: string | null;
}

/** Reads pages, newest first, and again soon after something has happened. */
function usePages<T>(key: readonly unknown[], read: (cursor: string | undefined) => Promise<Page<T>>) {
  const client = useQueryClient();
  const name = key[0];
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const soon = () => {
      clearTimeout(timer);
      timer = setTimeout(() => void client.invalidateQueries({ queryKey: [name] }), SETTLE_MS);
    };
    const stops = [onFill(soon), onOrder(soon)];
    return () => {
      clearTimeout(timer);
      stops.forEach((stop) => stop());
    };
  }, [client, name]);
  return useInfiniteQuery({
    queryKey: key,
    queryFn: ({ pageParam }) => read(pageParam),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next ?? undefined,
  });
}

interface ListProps<T> {
  readonly pages: ReturnType<typeof usePages<T>>;
  readonly label: string;
  readonly empty: string;
  readonly heads: readonly ReactNode[];
  readonly row: (item: T) => ReactNode;
}

function List<T>({ pages, label, empty, heads, row }: ListProps<T>) {
  if (pages.isPending) return <p className="empty">Loading…</p>;
  if (pages.isError) return <p className="empty trouble">{pages.error.message}</p>;
  const rows = pages.data.pages.flatMap((page) => page.rows);
  if (rows.length === 0) return <p className="empty">{empty}</p>;
  return (
    <div className="scroll" tabIndex={0} role="group" aria-label={label}>
      <table className="table">
        <thead><tr>{heads}</tr></thead>
        <tbody>{rows.map(row)}</tbody>
      </table>
      {pages.hasNextPage && (
        <button type="button" className="plain more" onClick={() => void pages.fetchNextPage()}>
          Older
        </button>
      )}
    </div>
  );
}

const right = (text: string) => <th key={text} className="right">{text}</th>;
const left = (text: string) => <th key={text}>{text}</th>;
const Side = ({ side }: { side: string }) => (
  <td className={side === "buy" ? "up" : "down"}>{side === "buy" ? "Buy" : "Sell"}</td>
);

export function History({ market }: { market: string | undefined }) {
  const pages = usePages<OrderOut>(["orders", market], async (cursor) => {
    const query = { limit: PAGE, ...(market ? { market } : {}), ...(cursor ? { cursor } : {}) };
    const page = await call("orders", { query });
    return { rows: page.orders, next: page.next_cursor };
  });
  const heads = [
    ...["Time", "Market", "Kind", "Side"].map(left),
    ...["Price", "Average", "Amount", "Filled"].map(right), left("Status"),
  ];
  return (
    <List pages={pages} label="Order history" empty="No orders yet" heads={heads} row={(order) => (
      <tr key={order.order_id}>
        <td className="muted">{dayAndClock(order.updated_at)}</td>
        <td>{pairWords(order.market)}</td>
        <td>{kindWords(order)}</td>
        <Side side={order.side} />
        <td className="right">{order.price ? grouped(order.price) : "Market"}</td>
        <td className="right">{order.average_price ? grouped(order.average_price) : "–"}</td>
        <td className="right">{order.quantity ?? order.budget}</td>
        <td className="right">{filledShare(order)}</td>
        <td>
          {order.status.replaceAll("_", " ")}
          {order.reason && order.status !== "filled" && (
            <span className="muted"> · {order.reason.replaceAll("_", " ")}</span>
          )}
        </td>
      </tr>
    )} />
  );
}

export function Fills({ market }: { market: string | undefined }) {
  const pages = usePages<FillOut>(["fills", market], async (cursor) => {
    const query = { limit: PAGE, ...(market ? { market } : {}), ...(cursor ? { cursor } : {}) };
    const page = await call("fills", { query });
    return { rows: page.fills, next: page.next_cursor };
  });
  const heads = [
    ...["Time", "Market", "Side"].map(left), ...["Price", "Amount", "Fee"].map(right), left("Role"),
  ];
  return (
    <List pages={pages} label="Fills" empty="No fills yet" heads={heads} row={(fill) => (
      <tr key={`${fill.market}${fill.trade_id}${fill.liquidity}`}>
        <td className="muted">{dayAndClock(fill.time)}</td>
        <td>{pairWords(fill.market)}</td>
        <Side side={fill.side} />
        <td className="right">{grouped(fill.price)}</td>
        <td className="right">{fill.quantity}</td>
        <td className="right">{fill.fee} {fill.fee_asset}</td>
        <td>{fill.liquidity === "maker" ? "Maker" : "Taker"}</td>
      </tr>
    )} />
  );
}

export function Transfers() {
  const pages = usePages<TransferOut>(["transfers"], async (cursor) => {
    const page = await call("transfers", { query: { limit: PAGE, ...(cursor ? { cursor } : {}) } });
    return { rows: page.transfers, next: page.next_cursor };
  });
  const heads = [...["Time", "Kind", "Asset"].map(left), right("Amount")];
  return (
    <List pages={pages} label="Transfers" empty="No transfers yet" heads={heads} row={(one) => (
      <tr key={`${one.sequence}:${one.event_index}`}>
        <td className="muted">{dayAndClock(one.time)}</td>
        <td>{one.cause.replaceAll("_", " ")}</td>
        <td>{one.asset}</td>
        <td className={`right ${one.change.startsWith("-") ? "down" : "up"}`}>{grouped(one.change)}</td>
      </tr>
    )} />
  );
}
