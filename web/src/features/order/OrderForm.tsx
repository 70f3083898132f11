import { useQuery } from "@tanstack/react-query";
import { type FormEvent, type ReactNode, useEffect, useRef, useState } from "react";
import { call, Refused } from "@/packages/api/calls";
import { useSession } from "@/packages/api/session";
import type { OrderOut } from "@/packages/api/types";
import { useLive } from "@/packages/feed/live";
import { format, grouped, read, trim } from "@/packages/money/decimal";
import { affordable } from "@/packages/money/estimate";
import type { Complaint } from "@/packages/money/filters";
import {
  type Market, notional, priceText, quantityText, quoteText, readPrice, readQuantity,
} from "@/packages/money/market";
import { show, useDesk } from "@/packages/state/desk";
import { Field } from "@/packages/ui/field";
import { Select } from "@/packages/ui/select";
import { toast } from "@/packages/ui/toasts";
import {
  complaints, type Draft, EMPTY, isByBudget, isComplete, type Kind, KINDS, shapeOf, type Side,
} from "./model";
import { foresee, Preview, useBook } from "./Preview";
import { Rules } from "./Rules";
import { send } from "./send";
import { Terms } from "./Terms";

const SHARES = [25n, 50n, 75n, 100n];
const FIRST: readonly Kind[] = ["limit", "market"];

/** The form that an order is made with. It says what is wrong before the venue would. */
export function OrderForm({ market }: { market: Market }) {
  const [draft, setDraft] = useState<Draft>(EMPTY);
  const [sending, setSending] = useState(false);
  const [refusal, setRefusal] = useState<Complaint | null>(null);
  const form = useRef<HTMLFormElement>(null);
  const state = useSession((session) => session.state);
  const book = useBook(market);
  const funds = useFunds(market);
  const wanted = useDesk((desk) => desk.wish);
  const change = (part: Partial<Draft>) => {
    setRefusal(null);
    setDraft((was) => ({ ...was, ...part }));
  };

  useEffect(() => setDraft((was) => ({ ...EMPTY, kind: was.kind, side: was.side })), [market.name]);
  useEffect(() => {
    if (!wanted) return;
    setDraft((was) => ({
      ...was,
      kind: was.kind === "market" ? "limit" : was.kind,
      price: wanted.price,
      ...(wanted.quantity === null ? {} : { quantity: wanted.quantity, side: wanted.side }),
    }));
  }, [wanted]);
  useEffect(() => {
    const turn = (event: Event) => {
      change((event as CustomEvent<Partial<Draft>>).detail);
      form.current?.querySelector<HTMLInputElement>("input:not([type=checkbox])")?.focus();
    };
    addEventListener("outcry:draft", turn);
    return () => removeEventListener("outcry:draft", turn);
  }, []);

  const found = [...complaints(market, draft), ...(refusal ? [refusal] : [])];
  const foreseen = foresee(market, book, draft);
  const price = orderPrice(market, draft, book?.asks[0]?.price, book?.bids[0]?.price);
  const short = shortage(market, draft, funds, price);
  const ready = state === "in" && found.length === 0 && isComplete(draft) && !short && !sending;

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (state !== "in") return show("sign-in");
    if (!ready) return undefined;
    setSending(true);
    try {
      tell(market, draft, await send(market, draft));
      change({ quantity: "", budget: "" });
    } catch (error) {
      setRefusal(complaintOf(error));
    } finally {
      setSending(false);
    }
    return undefined;
  };

  const fill = (share: bigint) => {
    if (isByBudget(draft)) {
      change({ budget: trim(quoteText(market, (funds.quote * share) / 100n)) });
    } else if (price !== null) {
      const quantity = affordable(market, draft.side, price, funds, share);
      change({ quantity: quantity > 0n ? quantityText(market, quantity) : "" });
    }
  };
  const { parts } = shapeOf(draft.kind);
  const trouble = (field: Complaint["field"]) => (
    <Trouble found={found.find((one) => one.field === field)} use={(text) => change({ [field]: text })} />
  );
  const wrong = (field: Complaint["field"]) =>
    found.some((one) => one.field === field) ? trouble(field) : null;
  const quote = readPrice(market, draft.price);

  return (
    <section className="panel order-panel" aria-label="Place an order">
      <form ref={form} onSubmit={submit} className={`order-form ${draft.side}`}>
        <div className="sides" role="group" aria-label="Side">
          {(["buy", "sell"] as const).map((side) => (
            <button
              key={side} type="button" className={side} aria-pressed={draft.side === side}
              onClick={() => change({ side })}
            >
              {side === "buy" ? "Buy" : "Sell"}
            </button>
          ))}
        </div>
        <KindPicker kind={draft.kind} choose={(kind) => change({ kind })} />
        <Available market={market} side={draft.side} funds={funds} state={state} />
        {parts.includes("stop") && (
          <Field
            label="Stop price" inputMode="decimal" value={draft.stop} unit={market.quote}
            onChange={(event) => change({ stop: event.target.value })} trouble={wrong("stop")}
          />
        )}
        {parts.includes("trail") && (
          <Field
            label="Trail" inputMode="decimal" value={draft.trail} unit="%"
            onChange={(event) => change({ trail: event.target.value })} trouble={wrong("trail")}
          />
        )}
        {parts.includes("price") ? (
          <Field
            label={draft.kind === "oco" ? "Limit price" : "Price"} inputMode="decimal"
            value={draft.price} unit={market.quote} trouble={wrong("price")} name="price"
            onChange={(event) => change({ price: event.target.value })}
            onKeyDown={(event) => step(event, market, quote, (text) => change({ price: text }))}
          />
        ) : (
          <div className="field still"><label>Price</label><output>Market price</output></div>
        )}
        {parts.includes("stopLimit") && (
          <Field
            label="Stop limit price" inputMode="decimal" value={draft.stopLimit} unit={market.quote}
            onChange={(event) => change({ stopLimit: event.target.value })}
          />
        )}
        {isByBudget(draft) ? (
          <Field
            label="Total" inputMode="decimal" value={draft.budget} name="budget"
            unit={<Unit market={market} draft={draft} change={change} />}
            trouble={wrong("budget") ?? wrong("quantity")}
            onChange={(event) => change({ budget: event.target.value })}
          />
        ) : (
          <Field
            label="Amount" inputMode="decimal" value={draft.quantity} name="quantity"
            unit={<Unit market={market} draft={draft} change={change} />} trouble={wrong("quantity")}
            onChange={(event) => change({ quantity: event.target.value })}
          />
        )}
        {parts.includes("display") && (
          <Field
            label="Shown at a time" inputMode="decimal" value={draft.display} unit={market.base}
            onChange={(event) => change({ display: event.target.value })} trouble={wrong("display")}
          />
        )}
        <div className="shares" role="group" aria-label="Share of what is available">
          {SHARES.map((share) => (
            <button
              key={share.toString()} type="button" className="plain" onClick={() => fill(share)}
              disabled={state !== "in"}
            >
              {share.toString()}%
            </button>
          ))}
        </div>
        <Terms draft={draft} change={change} />
        <Preview market={market} draft={draft} foreseen={foreseen} />
        {short && <p className="trouble" role="alert">{short}</p>}
        <button
          type="submit" className={`submit ${state === "in" ? draft.side : "primary"}`}
          disabled={state === "in" && !ready}
        >
          {state === "in" ? words(draft.side, market, sending) : "Log in or register"}
        </button>
      </form>
      <Rules market={market} />
    </section>
  );
}

const words = (side: Side, market: Market, sending: boolean) =>
  sending ? "Sending…" : `${side === "buy" ? "Buy" : "Sell"} ${market.base}`;

interface Funds {
  readonly base: bigint;
  readonly quote: bigint;
}

function useFunds(market: Market): Funds {
  const balances = useLive((live) => live.balances);
  const of = (asset: string, decimals: number) => {
    const found = balances?.find((balance) => balance.asset === asset);
    return found ? read(found.available, decimals) : 0n;
  };
  return {
    base: of(market.base, market.baseDecimals), quote: of(market.quote, market.quoteDecimals),
  };
}

function KindPicker({ kind, choose }: { kind: Kind; choose: (kind: Kind) => void }) {
  const more = KINDS.filter((one) => !FIRST.includes(one));
  return (
    <div className="kinds" role="group" aria-label="Kind of order">
      {FIRST.map((one) => (
        <button
          key={one} type="button" className="plain" aria-pressed={one === kind}
          onClick={() => choose(one)}
        >
          {shapeOf(one).label}
        </button>
      ))}
      <Select
        label="More kinds of order" placeholder="Stop and more" choose={choose}
        value={more.includes(kind) ? kind : null} className={more.includes(kind) ? "on" : ""}
        options={more.map((one) => ({ value: one, label: shapeOf(one).label }))}
      />
    </div>
  );
}

interface AvailableProps {
  readonly market: Market;
  readonly side: Side;
  readonly funds: Funds;
  readonly state: string;
}

function Available({ market, side, funds, state }: AvailableProps) {
  const status = useQuery({ queryKey: ["status"], queryFn: () => call("status") });
  const buys = side === "buy";
  const [units, decimals, asset] = buys
    ? [funds.quote, market.quoteDecimals, market.quote]
    : [funds.base, market.baseDecimals, market.base];
  return (
    <div className="available">
      <span className="muted">Available</span>
      <span>
        {state === "in" ? grouped(trim(format(units, decimals))) : "–"} {asset}
        {state === "in" && status.data?.development && (
          <button type="button" className="link small" onClick={() => show("faucet")}>
            Get play money
          </button>
        )}
      </span>
    </div>
  );
}

interface UnitProps {
  readonly market: Market;
  readonly draft: Draft;
  readonly change: (part: Partial<Draft>) => void;
}

/** The unit of the amount; of a market order it can be chosen. */
function Unit({ market, draft, change }: UnitProps) {
  if (draft.kind !== "market") return market.base;
  return (
    <Select
      label="Unit of the amount" value={draft.byBudget ? "quote" : "base"}
      choose={(unit) => change({ byBudget: unit === "quote" })}
      options={[{ value: "base", label: market.base }, { value: "quote", label: market.quote }]}
    />
  );
}

function Trouble({ found, use }: { found: Complaint | undefined; use: (text: string) => void }): ReactNode {
  if (!found) return null;
  return (
    <>
      {found.message}
      {found.valid.map((text) => (
        <button key={text} type="button" className="link small" onClick={() => use(text)}>
          Use {text}
        </button>
      ))}
    </>
  );
}

/** Lets the arrow keys move a price by a tick, with Shift by ten. */
function step(
  event: React.KeyboardEvent, market: Market, price: bigint | null, set: (text: string) => void,
): void {
  const way = { ArrowUp: 1n, ArrowDown: -1n }[event.key];
  if (way === undefined || price === null) return;
  event.preventDefault();
  const next = price + way * market.tick * (event.shiftKey ? 10n : 1n);
  if (next > 0n) set(priceText(market, next - (next % market.tick)));
}

/** Returns the price that shares and funds are reckoned with: the limit, or the other side's best. */
function orderPrice(
  market: Market, draft: Draft, ask: bigint | undefined, bid: bigint | undefined,
): bigint | null {
  const { parts } = shapeOf(draft.kind);
  const typed = parts.includes("price") ? draft.price : parts.includes("stop") ? draft.stop : "";
  return (typed ? readPrice(market, typed) : null) ?? (draft.side === "buy" ? ask : bid) ?? null;
}

/** Returns what is missing to pay for the order, in words. */
function shortage(market: Market, draft: Draft, funds: Funds, price: bigint | null): string | null {
  const { base, quote } = funds;
  if (isByBudget(draft)) return null;
  const quantity = readQuantity(market, draft.quantity);
  if (quantity === null || quantity === 0n) return null;
  if (draft.side === "sell") {
    const needed = quantity * 10n ** BigInt(market.baseDecimals - market.quantityDecimals);
    return needed <= base ? null : `Not enough ${market.base}`;
  }
  if (price === null || draft.kind === "market") return null;
  return notional(market, price, quantity) <= quote ? null : `Not enough ${market.quote}`;
}

function complaintOf(error: unknown): Complaint {
  const message = error instanceof Error ? error.message : String(error);
  const field = error instanceof Refused && error.body.field === "price" ? "price" : "quantity";
  const valid = error instanceof Refused ? (error.body.valid ?? []) : [];
  toast("bad", "Order refused", message);
  return { field, message, valid: valid.map(String) };
}

function tell(market: Market, draft: Draft, order: OrderOut): void {
  const side = draft.side === "buy" ? "Buy" : "Sell";
  const size = order.quantity ?? `${order.budget} ${market.quote}`;
  const at = order.price ? ` at ${grouped(order.price)}` : "";
  const what = `${side} ${size} ${market.base}${at}`;
  if (order.status === "filled") {
    const average = order.average_price ? grouped(order.average_price) : "";
    toast("good", "Order filled", `${side} ${order.filled_quantity} ${market.base} at ${average}`);
  } else if (order.status === "partially_filled") toast("good", "Order partly filled", what);
  else if (order.status === "open") toast("good", "Order placed", what);
  else toast("plain", `Order ${order.status}`, `${what}${order.reason ? `: ${order.reason.replaceAll("_", " ")}` : ""}`);
}
