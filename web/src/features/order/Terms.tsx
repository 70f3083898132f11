import { SELF_TRADES } from "@/packages/api/types";
import { Field } from "@/packages/ui/field";
import { Select } from "@/packages/ui/select";
import { Switch } from "@/packages/ui/switch";
import { type Draft, shapeOf, timeOf } from "./model";

const WORDS: Record<string, string> = {
  gtc: "Good till cancelled", ioc: "Immediate or cancel", fok: "Fill or kill",
  day: "Until midnight (UTC)", gtd: "Until a time",
  expire_taker: "Cancel the new order", expire_maker: "Cancel the resting order",
  expire_both: "Cancel both", decrement: "Decrement both", none: "Allow",
};
const told = (values: readonly string[]) =>
  values.map((value) => ({ value, label: WORDS[value] ?? value }));
const SELF = told(SELF_TRADES);

interface Props {
  readonly draft: Draft;
  readonly change: (part: Partial<Draft>) => void;
  /** What is wrong with the time at which it ends. */
  readonly trouble: React.ReactNode;
}

/** How long an order lives, whether it may take, and what happens when one meets oneself. */
export function Terms({ draft, change, trouble }: Props) {
  const { times, passive } = shapeOf(draft.kind);
  const time = timeOf(draft);
  const rests = time !== "ioc" && time !== "fok";
  const chosen = [times.length ? time.toUpperCase() : "", passive && draft.postOnly ? "post-only" : ""];
  return (
    <details className="terms">
      <summary>Options<span className="muted">{chosen.filter(Boolean).join(" · ")}</span></summary>
      {times.length > 0 && (
        <div className="line">
          <span aria-hidden="true">Time in force</span>
          <Select
            label="Time in force" value={time} options={told(times)}
            choose={(timeInForce) => change({ timeInForce, postOnly: false })}
          />
        </div>
      )}
      {time === "gtd" && (
        <Field
          label="Ends" type="datetime-local" value={draft.expires} trouble={trouble}
          onChange={(event) => change({ expires: event.target.value })}
        />
      )}
      {passive && (
        <Switch
          label="Post-only" on={draft.postOnly} disabled={!rests}
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
