import { Act } from "@/admin/parts/Act";
import { Amount } from "@/admin/parts/Amount";
import { ask, useLive, useMe } from "@/admin/parts/live";
import { Facts, Head, Loaded, Panel, Tag } from "@/admin/parts/Panel";
import { may } from "@/admin/parts/roles";
import { link, pathOf } from "@/admin/parts/route";
import { Rows } from "@/admin/parts/Rows";
import { countText } from "@/admin/parts/words";
import type { StaffPersonWholeOut, StatusIn } from "@/packages/api/types";
import { dayAndClock } from "@/packages/ui/time";
import { Limits } from "./Limits";
import { Roles } from "./Roles";

/** Everything that staff may see of somebody, and do about them. */
export function Person({ account }: { account: number }) {
  const found = useLive("staff_person_whole", { path: { account } });
  return <Loaded of={found}>{(data) => <Whole one={data} />}</Loaded>;
}

function Whole({ one }: { one: StaffPersonWholeOut }) {
  const { person } = one;
  return (
    <>
      <Head
        title={<>{person.email || `Account ${person.user_id}`} <Tag word={person.status} /></>}
        about={<><a {...link(pathOf("people"))}>All people</a> · account {person.user_id} · registered{" "}
          {dayAndClock(person.created_at)}</>}
      >
        <Acts one={one} />
      </Head>
      <div className="columns-2">
        <Balances one={one} />
        <About one={one} />
        <Sessions one={one} />
        <Keys one={one} />
        <Limits one={one} />
        <Logins one={one} />
      </div>
    </>
  );
}

const STATUSES: readonly (readonly [StatusIn["status"], string, string])[] = [
  ["active", "Activate", "Trades and withdraws again."],
  ["reduce_only", "Reduce only", "May only make a position smaller."],
  ["frozen", "Freeze", "Nothing goes in or out, and no order is taken."],
];

function Acts({ one }: { one: StaffPersonWholeOut }) {
  const me = useMe();
  const { user_id: account, email, status, sessions } = one.person;
  const who = email || `account ${account}`;
  return (
    <div className="actions">
      {may(me.roles, "set a status") && STATUSES.filter(([name]) => name !== status)
        .map(([name, label, about]) => (
          <Act
            key={name} label={label} title={`${label}: ${who}`} button={label} danger={name !== "active"}
            about={<p>{about} Open orders: {one.open_orders}.</p>}
            act={async (reason) => {
              await ask("staff_status", { path: { account }, body: { status: name, reason } });
              return `${who} is ${name.replace("_", " ")}`;
            }}
          />
        ))}
      {may(me.roles, "end sessions") && sessions > 0 && (
        <Act
          label="End sessions" title={`End all sessions of ${who}`} button="End them" danger
          reason={false} about={<p>{sessions} open; they have to log in again everywhere.</p>}
          act={async () => {
            await ask("staff_end_sessions", { path: { account } });
            return "All sessions are ended";
          }}
        />
      )}
      {may(me.roles, "reset a factor") && one.person.second_factor && (
        <Act
          label="Reset second factor" title={`Reset the second factor of ${who}`} button="Ask for it"
          danger twoPeople
          about={<p>Their sessions end, and withdrawals are held for a day.</p>}
          act={async (reason) => {
            const asked = await ask("staff_ask", { body: { act: "reset_factor", account, reason } });
            return `Request ${asked.request} waits for an admin`;
          }}
        />
      )}
      {may(me.roles, "give roles") && <Roles one={one} />}
    </div>
  );
}

function Balances({ one }: { one: StaffPersonWholeOut }) {
  return (
    <Panel
      title="Balances"
      tools={<a {...link(pathOf("orders", one.person.user_id))}>Open orders: {countText(one.open_orders)}</a>}
    >
      <Rows
        label="Balances" rows={one.balances} by={(row) => row.asset} empty="Nothing."
        columns={[
          { head: "Asset", cell: (row) => <strong>{row.asset}</strong> },
          { head: "Available", right: true, cell: (row) => <Amount text={row.available} /> },
          { head: "Held", right: true, cell: (row) => <Amount text={row.held} /> },
          { head: "Total", right: true, cell: (row) => <Amount text={row.total} /> },
        ]}
      />
    </Panel>
  );
}

function About({ one }: { one: StaffPersonWholeOut }) {
  const { person } = one;
  const day = (time: string | null) => (time === null ? "no" : dayAndClock(time));
  return (
    <Panel title="Identity">
      <Facts facts={[
        ["Second factor", person.second_factor ? "yes" : "no"],
        ["Roles", person.roles.join(", ") || "none"],
        ["Credentials changed", day(one.credentials_changed_at)],
        ["Withdrawals held until", day(person.withdrawals_held_until)],
        ["Wallets", one.wallets.length === 0 ? "none"
          : one.wallets.map((wallet) => <code key={wallet.address} className="hash">{wallet.address} </code>)],
        ["Sub-accounts", one.sub_accounts.map((sub) => `${sub.account} (${sub.label})`).join(", ") || "none"],
      ]} />
    </Panel>
  );
}

function Sessions({ one }: { one: StaffPersonWholeOut }) {
  return (
    <Panel title="Sessions">
      <Rows
        label="Sessions" rows={one.sessions} by={(row) => row.session} empty="No open session."
        columns={[
          { head: "Renewed", cell: (row) => dayAndClock(row.renewed_at) },
          { head: "Address", cell: (row) => <code>{row.address}</code> },
          { head: "Program", muted: true, cell: (row) => <span className="cut">{row.agent || "–"}</span> },
        ]}
      />
    </Panel>
  );
}

function Keys({ one }: { one: StaffPersonWholeOut }) {
  const me = useMe();
  const account = one.person.user_id;
  return (
    <Panel title="API keys">
      <Rows
        label="API keys" rows={one.keys} by={(row) => row.key} empty="No key."
        columns={[
          { head: "Key", cell: (row) => <code>{row.key.slice(0, 12)}…</code> },
          { head: "Label", cell: (row) => row.label || "–" },
          { head: "May", cell: (row) => row.scopes.join(", ") },
          { head: "From", muted: true, cell: (row) => row.networks.join(", ") || "anywhere" },
          {
            head: "",
            cell: (row) => row.revoked_at ? <Tag word="revoked" /> : may(me.roles, "end sessions") && (
              <Act
                label="Revoke" small danger reason={false} title={`Revoke ${row.label || "a key"}`}
                button="Revoke it" about={<p>It is dead at once, and cannot come back.</p>}
                act={async () => {
                  await ask("staff_revoke_key", { path: { account, key: row.key } });
                  return "The key is dead";
                }}
              />
            ),
          },
        ]}
      />
    </Panel>
  );
}

function Logins({ one }: { one: StaffPersonWholeOut }) {
  return (
    <Panel title="Attempts to log in">
      <Rows
        label="Attempts to log in" rows={one.logins} by={(row) => row.time} empty="None."
        columns={[
          { head: "Time", cell: (row) => dayAndClock(row.time) },
          { head: "Outcome", cell: (row) => row.outcome.replaceAll("_", " ") },
          { head: "Address", cell: (row) => <code>{row.address}</code> },
          { head: "Program", muted: true, cell: (row) => <span className="cut">{row.agent || "–"}</span> },
        ]}
      />
    </Panel>
  );
}

