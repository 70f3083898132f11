import { type FormEvent, useEffect, useRef, useState } from "react";
import { useSession } from "@/packages/api/session";
import { useLive } from "@/packages/feed/live";
import { trim } from "@/packages/money/decimal";
import { affordable } from "@/packages/money/estimate";
import type { Complaint } from "@/packages/money/filters";
import { type Market, quantityText, quoteText } from "@/packages/money/market";
import { show, useDesk, usePreferences } from "@/packages/state/desk";
import { closedWords } from "@/packages/state/markets";
import { toast } from "@/packages/ui/toasts";
import { Fields, troubleOf } from "./Fields";
import { orderPrice, shortage, useFunds } from "./funds";
import { Available, KindPicker, Sides } from "./Head";
import { complaints, type Draft, EMPTY, isByBudget, isComplete, type Side } from "./model";
import { foresee, Preview, useBook } from "./Preview";
import { Rules } from "./Rules";
import { send } from "./send";
import { Sure } from "./Sure";
import { complaintOf, tell } from "./tell";
import { Terms } from "./Terms";

const SHARES = [25n, 50n, 75n, 100n];

/** The form that an order is made with. It says what is wrong before the venue would. */
export function OrderForm({ market }: { market: Market }) {
  const form = useRef<HTMLFormElement>(null);
  const state = useSession((session) => session.state);
  const book = useBook(market);
  const funds = useFunds(market);
  const { draft, change, refusal, refuse } = useDraft(market, form);
  const { sending, asked, place, answer } = usePlacing(market, change, refuse);

  const found = [...complaints(market, draft), ...(refusal ? [refusal] : [])];
  const price = orderPrice(market, draft, book?.asks[0]?.price, book?.bids[0]?.price);
  const short = shortage(market, draft, funds, price);
  const closed = closedWords(market, useLive((live) => live.mode));
  const ready = state === "in" && closed === null && found.length === 0 && isComplete(draft) && !short && !sending;
  useClicks(market, draft, change, place);

  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (state !== "in") return show("sign-in");
    return ready ? place(draft) : undefined;
  };
  const fill = (share: bigint) => {
    if (isByBudget(draft)) {
      change({ budget: trim(quoteText(market, (funds.quote * share) / 100n)) });
    } else if (price !== null) {
      const quantity = affordable(market, draft.side, price, funds, share);
      change({ quantity: quantity > 0n ? quantityText(market, quantity) : "" });
    }
  };

  return (
    <section className="panel order-panel" aria-label="Place an order">
      <form ref={form} onSubmit={submit} className={`order-form ${draft.side}`}>
        <Sides side={draft.side} choose={(side) => change({ side })} />
        <KindPicker kind={draft.kind} choose={(kind) => change({ kind })} />
        <Available market={market} side={draft.side} funds={funds} state={state} />
        <Fields market={market} draft={draft} found={found} change={change} />
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
        <Terms
          draft={draft} change={change}
          trouble={troubleOf(found, "expires", (expires) => change({ expires }))}
        />
        <Preview market={market} draft={draft} foreseen={foresee(market, book, draft)} />
        {closed && <p className="trouble" role="status">{closed}.</p>}
        {short && <p className="trouble" role="alert">{short}</p>}
        <button
          type="submit" className={`submit ${state === "in" ? draft.side : "primary"}`}
          disabled={state === "in" && !ready}
        >
          {state === "in" ? words(draft.side, market, sending) : "Log in or register"}
        </button>
      </form>
      <Rules market={market} />
      {asked && <Sure market={market} draft={asked} answer={answer} />}
    </section>
  );
}

const words = (side: Side, market: Market, sending: boolean) =>
  sending ? "Sending…" : `${side === "buy" ? "Buy" : "Sell"} ${market.base}`;

/** What is typed, by hand or by a command; another market begins anew. */
function useDraft(market: Market, form: React.RefObject<HTMLFormElement | null>) {
  const [draft, setDraft] = useState<Draft>(EMPTY);
  const [refusal, refuse] = useState<Complaint | null>(null);
  const change = (part: Partial<Draft>) => {
    refuse(null);
    setDraft((was) => ({ ...was, ...part }));
  };
  useEffect(() => setDraft((was) => ({ ...EMPTY, kind: was.kind, side: was.side })), [market.name]);
  useEffect(() => {
    const turn = (event: Event) => {
      change((event as CustomEvent<Partial<Draft>>).detail);
      form.current?.querySelector<HTMLInputElement>("input:not([type=checkbox])")?.focus();
    };
    addEventListener("outcry:draft", turn);
    return () => removeEventListener("outcry:draft", turn);
  }, [form]);
  return { draft, change, refusal, refuse };
}

/** Sends orders, and asks before where that is wished. */
function usePlacing(
  market: Market, change: (part: Partial<Draft>) => void, refuse: (why: Complaint) => void,
) {
  const [sending, setSending] = useState(false);
  const [asked, setAsked] = useState<Draft | null>(null);
  const go = async (draft: Draft) => {
    setSending(true);
    try {
      tell(market, draft, await send(market, draft));
      change({ quantity: "", budget: "" });
    } catch (error) {
      refuse(complaintOf(error));
    } finally {
      setSending(false);
    }
  };
  const place = (draft: Draft) =>
    usePreferences.getState().confirm ? setAsked(draft) : void go(draft);
  const answer = (sure: boolean) => {
    if (sure && asked) void go(asked);
    setAsked(null);
  };
  return { sending, asked, place, answer };
}

/** Does what a click on the book wishes: fills the form, or sends at that price. */
function useClicks(
  market: Market, draft: Draft, change: (part: Partial<Draft>) => void, place: (draft: Draft) => void,
): void {
  const wanted = useDesk((desk) => desk.wish);
  const done = useRef(wanted);
  useEffect(() => {
    if (!wanted || done.current === wanted) return;
    done.current = wanted;
    const { side, price, quantity } = wanted;
    if (wanted.send && useSession.getState().state === "in") {
      const order: Draft = { ...draft, kind: "limit", side, price };
      const [wrong] = complaints(market, order);
      if (wrong || !isComplete(order)) toast("bad", "Not sent", wrong?.message ?? "Type an amount first.");
      else place(order);
      return;
    }
    change({
      kind: draft.kind === "market" ? "limit" : draft.kind, price,
      ...(quantity === null ? {} : { quantity, side }),
    });
  });
}
