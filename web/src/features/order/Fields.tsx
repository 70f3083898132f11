import type { ReactNode } from "react";
import type { Complaint } from "@/packages/money/filters";
import { type Market, priceText, readPrice } from "@/packages/money/market";
import { Field } from "@/packages/ui/field";
import { Select } from "@/packages/ui/select";
import { type Draft, isByBudget, type Part, shapeOf } from "./model";

const NAMES: Record<Part, string> = {
  price: "Price", stop: "Stop price", stopLimit: "Stop limit price", trail: "Trail",
  display: "Shown at a time", exit: "Exit price", peg: "Follows", pegOffset: "Offset",
  slices: "Slices", every: "One every",
};
const PEGS = [
  { value: "bid", label: "Best bid" }, { value: "mid", label: "Middle" },
  { value: "ask", label: "Best ask" },
] as const;
const BEFORE: readonly Part[] = ["stop", "trail", "peg", "pegOffset", "slices", "every"];
const AFTER: readonly Part[] = ["exit", "stop", "stopLimit"];
const PRICES: ReadonlySet<Part> = new Set(["price", "stop", "stopLimit", "exit"]);

interface Props {
  readonly market: Market;
  readonly draft: Draft;
  readonly found: readonly Complaint[];
  readonly change: (part: Partial<Draft>) => void;
}

/** Everything that is typed for a kind of order. */
export function Fields(props: Props) {
  const { draft } = props;
  const { parts } = shapeOf(draft.kind);
  // What an order waits for stands before its price, what comes of it after it.
  const after = AFTER.filter((part) => parts.includes(part) && (part !== "stop" || isBracket(draft)));
  const before = BEFORE.filter((part) => parts.includes(part) && !after.includes(part));
  return (
    <>
      {before.map((part) => <OnePart key={part} part={part} {...props} />)}
      {parts.includes("price") ? <OnePart part="price" {...props} /> : (
        <div className="field still"><label>Price</label><output>Market price</output></div>
      )}
      {after.map((part) => <OnePart key={part} part={part} {...props} />)}
      <Size {...props} />
      {parts.includes("display") && <OnePart part="display" {...props} />}
    </>
  );
}

const isBracket = (draft: Draft) => draft.kind === "otoco" || draft.kind === "oco";

function OnePart({ part, market, draft, found, change }: Props & { part: Part }) {
  const label = shapeOf(draft.kind).names?.[part] ?? NAMES[part];
  if (part === "peg") {
    return (
      <div className="field">
        <span className="field-label" aria-hidden="true">{label}</span><span />
        <Select label={label} value={draft.peg} options={PEGS} choose={(peg) => change({ peg })} />
      </div>
    );
  }
  const set = (text: string) => change({ [part]: text });
  const may = part === "pegOffset" || (draft.kind === "pegged" && draft.side === "sell");
  return (
    <Field
      label={label} inputMode="decimal" value={draft[part]} unit={unitOf(market, part)}
      trouble={troubleOf(found, part as Complaint["field"], set)} onChange={(event) => set(event.target.value)}
      {...(part === "price" ? { name: "price" } : {})} {...(may ? { placeholder: "none" } : {})}
      {...(PRICES.has(part) ? { onKeyDown: (event) => step(event, market, draft[part], set) } : {})}
    />
  );
}

function unitOf(market: Market, part: Part): string {
  if (part === "trail") return "%";
  if (part === "slices") return "";
  if (part === "every") return "s";
  return part === "display" ? market.base : market.quote;
}

function Size({ market, draft, found, change }: Props) {
  const unit = <Unit market={market} draft={draft} change={change} />;
  const setQuantity = (text: string) => change({ quantity: text });
  if (isByBudget(draft)) {
    const set = (text: string) => change({ budget: text });
    return (
      <Field
        label="Total" inputMode="decimal" value={draft.budget} name="budget" unit={unit}
        trouble={troubleOf(found, "budget", set) ?? troubleOf(found, "quantity", setQuantity)}
        onChange={(event) => set(event.target.value)}
      />
    );
  }
  return (
    <Field
      label="Amount" inputMode="decimal" value={draft.quantity} name="quantity" unit={unit}
      trouble={troubleOf(found, "quantity", setQuantity)}
      onChange={(event) => setQuantity(event.target.value)}
    />
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

/** Returns what is wrong with a field, with the numbers that would do; null where nothing is. */
export function troubleOf(
  found: readonly Complaint[], field: Complaint["field"], use: (text: string) => void,
): ReactNode {
  const one = found.find((complaint) => complaint.field === field);
  if (!one) return null;
  return (
    <>
      {one.message}
      {one.valid.map((text) => (
        <button key={text} type="button" className="link small" onClick={() => use(text)}>
          Use {text}
        </button>
      ))}
    </>
  );
}

/** Lets the arrow keys move a price by a tick, with Shift by ten. */
function step(
  event: React.KeyboardEvent, market: Market, typed: string, set: (text: string) => void,
): void {
  const way = { ArrowUp: 1n, ArrowDown: -1n }[event.key];
  const price = readPrice(market, typed);
  if (way === undefined || price === null) return;
  event.preventDefault();
  const next = price + way * market.tick * (event.shiftKey ? 10n : 1n);
  if (next > 0n) set(priceText(market, next - (next % market.tick)));
}
