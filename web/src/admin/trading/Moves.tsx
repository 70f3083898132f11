import { Act } from "@/admin/parts/Act";
import { ask, useMe } from "@/admin/parts/live";
import { may } from "@/admin/parts/roles";
import { pair, plain } from "@/admin/parts/words";
import type { StaffMarketOut } from "@/packages/api/types";
import { movesFrom } from "./moves";

/** What a market can be told to do now. In a row only what is wanted in a hurry. */
export function Moves({ market, small = false }: { market: StaffMarketOut; small?: boolean }) {
  const me = useMe();
  if (!may(me.roles, "move a market")) return null;
  const { market: name, state } = market.rules;
  const urgent = state === "trading" || state === "auction" || state === "pre_open"
    ? ["halted", "cancel_only"] : ["trading", "auction"];
  const moves = movesFrom(state).filter((move) => !small || urgent.includes(move.state));
  return (
    <div className="actions tight">
      {moves.map((move) => (
        <Act
          key={move.state} label={move.label} small={small} danger={move.danger}
          title={`${move.label}: ${pair(name)}`} button={`${move.label} ${pair(name)}`}
          about={<p>Now {plain(state)}. {move.about}</p>}
          act={async (reason) => {
            const done = await ask("staff_market_state", {
              path: { market: name }, body: { state: move.state, reason },
            });
            return `${pair(name)} is ${plain(done.rules.state)}`;
          }}
        />
      ))}
    </div>
  );
}
