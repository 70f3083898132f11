import { grouped } from "@/packages/money/decimal";
import type { Market } from "@/packages/money/market";
import { Dialog } from "@/packages/ui/dialog";
import { type Draft, isByBudget, shapeOf } from "./model";

interface Props {
  readonly market: Market;
  readonly draft: Draft;
  readonly answer: (sure: boolean) => void;
}

/** Asks before an order is sent, for those who wish to be asked. */
export function Sure({ market, draft, answer }: Props) {
  const { label, parts } = shapeOf(draft.kind);
  const side = draft.side === "buy" ? "Buy" : "Sell";
  const size = isByBudget(draft)
    ? `for ${grouped(draft.budget)} ${market.quote}` : `${draft.quantity} ${market.base}`;
  const rows = [
    ["Kind", label],
    ["Amount", size],
    ...(parts.includes("stop") ? [["Stop price", `${grouped(draft.stop)} ${market.quote}`]] : []),
    ["Price", parts.includes("price") && draft.price
      ? `${grouped(draft.price)} ${market.quote}` : "Market price"],
    ...(parts.includes("exit") ? [["Exit price", `${grouped(draft.exit)} ${market.quote}`]] : []),
  ];
  return (
    <Dialog title={`${side} ${market.base}?`} kind="question" close={() => answer(false)}>
      <dl className="pairs">
        {rows.map(([name, value]) => (
          <div key={name} className="pair"><dt>{name}</dt><dd>{value}</dd></div>
        ))}
      </dl>
      <div className="actions">
        <button type="button" className="plain" onClick={() => answer(false)}>Back</button>
        <button type="button" className={`submit ${draft.side}`} onClick={() => answer(true)}>
          {side} {market.base}
        </button>
      </div>
    </Dialog>
  );
}
