import { useState } from "react";
import { ActDialog } from "@/admin/parts/Act";
import { ask } from "@/admin/parts/live";
import type { Role } from "@/admin/parts/roles";
import type { StaffPersonWholeOut } from "@/packages/api/types";

const ROLES: readonly (readonly [Role, string])[] = [
  ["support", "looks people up, ends sessions"], ["risk", "markets, mode, limits, orders, bots"],
  ["finance", "withdrawals, deposits, adjustments"], ["admin", "all of it, and roles"],
];

/** Asks for other roles of somebody. */
export function Roles({ one }: { one: StaffPersonWholeOut }) {
  const [open, setOpen] = useState(false);
  return (
    <>
      <button type="button" className="plain" onClick={() => setOpen(true)}>Roles</button>
      {open && <Ask one={one} close={() => setOpen(false)} />}
    </>
  );
}

function Ask({ one, close }: { one: StaffPersonWholeOut; close: () => void }) {
  const { user_id: account, email, roles: before } = one.person;
  const [roles, setRoles] = useState<readonly string[]>(before);
  const same = roles.length === before.length && roles.every((role) => before.includes(role));
  return (
    <ActDialog
      title={`Roles of ${email || account}`} button="Ask for it" twoPeople ready={!same} close={close}
      about={<p>These roles and no others. Without any they are a customer.</p>}
      act={async (reason) => {
        const wanted = ROLES.map(([role]) => role).filter((role) => roles.includes(role));
        const asked = await ask("staff_roles", { path: { account }, body: { roles: wanted, reason } });
        return `Request ${asked.request} waits for another admin`;
      }}
    >
      <fieldset className="stack">
        <legend className="hidden">Roles</legend>
        {ROLES.map(([role, about]) => (
          <label key={role} className="check">
            <input
              type="checkbox" checked={roles.includes(role)}
              onChange={(event) => setRoles(event.target.checked
                ? [...roles, role] : roles.filter((other) => other !== role))}
            />
            <strong>{role}</strong> {about}
          </label>
        ))}
      </fieldset>
    </ActDialog>
  );
}
