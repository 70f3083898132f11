import { Act } from "@/admin/parts/Act";
import { ask, useMe } from "@/admin/parts/live";
import { may } from "@/admin/parts/roles";
import { plain } from "@/admin/parts/words";
import type { HealthOut } from "@/packages/api/types";

type Mode = HealthOut["mode"];

const MEANS: Record<Mode, readonly [string, string, "good" | "warn" | "bad"]> = {
  normal: ["The venue is open", "Orders are taken and trade.", "good"],
  cancel_only: ["Cancels only", "New orders are refused; what rests may be cancelled.", "warn"],
  read_only: ["Read only", "Nothing changes; everything can be looked at.", "warn"],
  halted: ["The venue is halted", "No order is taken and nothing trades.", "bad"],
};
const ACTS: readonly (readonly [Mode, string])[] = [
  ["normal", "Open"], ["cancel_only", "Cancels only"], ["read_only", "Read only"],
  ["halted", "Halt the venue"],
];

/** What the venue accepts just now, in large letters, and how to change that. */
export function Modes({ health }: { health: HealthOut }) {
  const me = useMe();
  const [title, about, tone] = MEANS[health.mode];
  const why = [health.held, health.reason].filter(Boolean).join("; ");
  return (
    <section className={`card mode ${tone}`} data-testid="mode" data-mode={health.mode}>
      <div>
        <h2>{title}</h2>
        <p>{about}</p>
        {why && <p className="muted">Because: {why}{health.by && `, by ${health.by}`}</p>}
        {health.wanted_mode !== health.mode && (
          <p>Wanted is {plain(health.wanted_mode)}; the guard holds it at {plain(health.mode)}.</p>
        )}
      </div>
      {may(me.roles, "set the mode") && (
        <div className="actions">
          {ACTS.filter(([mode]) => mode !== health.wanted_mode || mode !== health.mode)
            .map(([mode, label]) => (
              <Act
                key={mode} label={label} title={`${label}: the whole venue`} button={label}
                danger={mode !== "normal"}
                about={<p>{MEANS[mode][1]} This holds for every market, at once.</p>}
                act={async (reason) => {
                  const done = await ask("staff_mode", { body: { mode, reason } });
                  return done.request ? "Another has to approve it, under Requests." : MEANS[mode][0];
                }}
              />
            ))}
        </div>
      )}
    </section>
  );
}
