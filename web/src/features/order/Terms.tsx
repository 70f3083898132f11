import { SELF_TRADES, TIMES_IN_FORCE } from "@/packages/api/types";
import { type Draft, shapeOf } from "./model";

const TIMES: Record<string, string> = {
  gtc: "Good till cancelled", ioc: "Immediate or cancel", fok: "Fill or kill",
};
const SELF: Record<string, string> = {
  expire_taker: "Cancel the new order", expire_maker: "Cancel the resting order",
  expire_both: "Cancel both", decrement: "Decrement both", none: "Allow",
};

interface Props {
  readonly draft: Draft;
  readonly change: (part: Partial<Draft>) => void;
}

/** How long an order lives, whether it may take, and what happens when one meets oneself. */
export function Terms({ draft, change }: Props) {
  const { terms } = shapeOf(draft.kind);
  return (
    <details className="terms">
      <summary>
        Options
        <span className="muted">
          {terms ? draft.timeInForce.toUpperCase() : ""}{draft.postOnly && terms ? " · post-only" : ""}
        </span>
      </summary>
      {terms && (
        <label className="line">
          <span>Time in force</span>
          <select
            value={draft.timeInForce}
            onChange={(event) => change({ timeInForce: event.target.value, postOnly: false })}
          >
            {TIMES_IN_FORCE.filter((one) => one in TIMES).map((one) => (
              <option key={one} value={one}>{TIMES[one]}</option>
            ))}
          </select>
        </label>
      )}
      {terms && (
        <label className="line">
          <span>Post-only</span>
          <input
            type="checkbox" checked={draft.postOnly} disabled={draft.timeInForce !== "gtc"}
            onChange={(event) => change({ postOnly: event.target.checked })}
          />
        </label>
      )}
      <label className="line">
        <span>Meeting oneself</span>
        <select
          value={draft.selfTrade} onChange={(event) => change({ selfTrade: event.target.value })}
        >
          {SELF_TRADES.map((one) => <option key={one} value={one}>{SELF[one] ?? one}</option>)}
        </select>
      </label>
    </details>
  );
}
