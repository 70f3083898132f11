import { useDeferredValue, useState } from "react";
import { Filters } from "@/admin/parts/Choice";
import { SLOW_MS, useLive, useMe } from "@/admin/parts/live";
import { Head, Loaded, Panel, Tag } from "@/admin/parts/Panel";
import { may, type Role } from "@/admin/parts/roles";
import { link, pathOf } from "@/admin/parts/route";
import { Rows } from "@/admin/parts/Rows";
import { dayAndClock } from "@/packages/ui/time";
import { Person } from "./Person";

/** Everybody who is registered; or one of them. */
export function People({ which }: { which: string | null }) {
  const me = useMe();
  if (which !== null) {
    if (!may(me.roles, "look at a person")) {
      return <p className="empty">To look at somebody takes the role support, risk or admin.</p>;
    }
    return <Person key={which} account={Number(which)} />;
  }
  return <Directory />;
}

function Directory() {
  const me = useMe();
  const [text, setText] = useState("");
  const [role, setRole] = useState<Role | "all">("all");
  const query = useDeferredValue(text.trim());
  const people = useLive("staff_directory", {
    query: { limit: 100, ...(query ? { query } : {}), ...(role === "all" ? {} : { role }) },
  }, SLOW_MS);
  const opens = may(me.roles, "look at a person");
  return (
    <>
      <Head title="People" />
      <div className="search-row">
        <input
          className="search" type="search" aria-label="Search people" value={text} autoFocus
          placeholder="Part of an e-mail, a number of an account, a wallet"
          onChange={(event) => setText(event.target.value)}
        />
        <Filters
          label="Roles" value={role} choose={setRole}
          options={[
            ["all", "Everybody"], ["admin", "Admin"], ["finance", "Finance"], ["risk", "Risk"],
            ["support", "Support"],
          ]}
        />
      </div>
      <Panel title="People">
        <Loaded of={people}>{(data) => (
          <Rows
            label="People" rows={data.people} by={(one) => one.user_id} empty="Nobody is called that."
            columns={[
              { head: "Account", cell: (one) => <code>{one.user_id}</code> },
              {
                head: "E-mail",
                cell: (one) => {
                  const name = one.email || "by wallet alone";
                  return opens ? <a {...link(pathOf("people", one.user_id))}>{name}</a> : name;
                },
              },
              { head: "Status", cell: (one) => <Tag word={one.status} /> },
              { head: "Second factor", cell: (one) => (one.second_factor ? "yes" : "no") },
              { head: "Roles", cell: (one) => one.roles.join(", ") || "–" },
              { head: "Registered", muted: true, cell: (one) => dayAndClock(one.created_at) },
            ]}
          />
        )}</Loaded>
      </Panel>
    </>
  );
}
