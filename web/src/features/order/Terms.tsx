import { SELF_TRADES, TIMES_IN_FORCE } from "@/packages/api/types";
import { Select } from "@/packages/ui/select";
import { Switch } from "@/packages/ui/switch";
import { type Draft, shapeOf } from "./model";

const WORDS: Record<string, string> = {
  gtc: "Good till cancelled", ioc: "Immediate or cancel", fok: "Fill or kill",
  expire_taker: "Cancel the new order", expire_maker: "Cancel the resting order",
  expire_both: "Cancel both", decrement: "Decrement both", none: "Allow",
};
const told = (values: readonly string[]) =>
  values.filter((one) => one in WORDS).map((value) => ({ value, label: WORDS[value] ?? value }));
const TIMES = told(TIMES_IN_FORCE);
const SELF = told(SELF_TRADES);

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
        <div className="line">
          <span aria-hidden="true">Time in force</span>
          <Select
            label="Time in force" value={draft.timeInForce} options={TIMES}
            choose={(timeInForce) => change({ timeInForce, postOnly: false })}
          />
        </div>
      )}
      {terms && (
        <Switch
          label="Post-only" on={draft.postOnly} disabled={draft.timeInForce !== "gtc"}
          turn={(postOnly) => change({ postOnly })}
        />
      )}
      <div className="line">
        <span aria-hidden="true">Meeting oneself</span>
        <Select
          label="Meeting oneself" value={draft.selfTrade} options={SELF}
          choose={(selfTrade) => change({ selfTrade })}
        />
      </div>
    </details>
  );
}
