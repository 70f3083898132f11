import { type ReactNode, useState } from "react";
import { Act } from "@/admin/parts/Act";
import { Amount } from "@/admin/parts/Amount";
import { Filters } from "@/admin/parts/Choice";
import { ask, useLive, useMe } from "@/admin/parts/live";
import { Facts, Head, Loaded, Panel, Tag } from "@/admin/parts/Panel";
import { may, whyNotApprove } from "@/admin/parts/roles";
import { link, pathOf } from "@/admin/parts/route";
import { Rows } from "@/admin/parts/Rows";
import type { StaffWithdrawalOut } from "@/packages/api/types";
import { Field } from "@/packages/ui/field";
import { dayAndClock } from "@/packages/ui/time";

type Shown = "waiting" | "failed" | "sent" | "all";
const WAITING = new Set(["requested", "approved", "failed"]);
const NEEDED = 2;

/** The queue of withdrawals: two approve, then one writes down that it was sent. */
export function Withdrawals({ which }: { which: string | null }) {
  const [shown, setShown] = useState<Shown>("waiting");
  const state = shown === "all" ? {} : { state: shown };
  const all = useLive("staff_withdrawals", { query: { limit: 200, ...state } });
  if (which !== null) return <One withdrawal={Number(which)} />;
  return (
    <>
      <Head
        title="Withdrawals"
        about="Two people approve, neither of them the owner; then it is sent, and written down as sent."
      >
        <Filters
          label="Which withdrawals" value={shown} choose={setShown}
          options={[["waiting", "Waiting"], ["failed", "Failed"], ["sent", "Sent"], ["all", "All"]]}
        />
      </Head>
      <Panel title={shown === "waiting" ? "Waiting" : "Withdrawals"}>
        <Loaded of={all}>{(data) => (
          <Queue rows={data.withdrawals} />
        )}</Loaded>
      </Panel>
    </>
  );
}

function Queue({ rows }: { rows: readonly StaffWithdrawalOut[] }) {
  return (
    <Rows
      label="Withdrawals" rows={rows} by={(one) => one.withdrawal} empty="Nothing waits."
      columns={[
        {
          head: "No.",
          cell: (one) => <a {...link(pathOf("withdrawals", one.withdrawal))}>{one.withdrawal}</a>,
        },
        { head: "Asked", muted: true, cell: (one) => dayAndClock(one.created_at) },
        { head: "Who", cell: (one) => one.email || one.owner },
        { head: "Amount", right: true, cell: (one) => <Amount text={one.amount} unit={one.asset} /> },
        { head: "To", spare: true, cell: (one) => <code className="cut">{one.address}</code> },
        { head: "State", cell: (one) => <State one={one} /> },
        { head: "Four eyes", cell: (one) => <Eyes one={one} /> },
        { head: "", cell: (one) => <Acts one={one} small /> },
      ]}
    />
  );
}

/** The state; what one alone has approved does not look as if it were through. */
function State({ one }: { one: StaffWithdrawalOut }) {
  const half = one.state === "approved" && !one.can_be_sent;
  return half ? <Tag word="one approval" tone="warn" />
    : <Tag word={one.state} {...(one.state === "approved" ? { tone: "good" as const } : {})} />;
}

/** Who has approved, and who is still needed. */
function Eyes({ one }: { one: StaffWithdrawalOut }) {
  const given = one.approvals.length;
  return (
    <span className="eyes" title={one.approvals.map((approval) => `account ${approval.by}`).join(", ")}>
      {Array.from({ length: NEEDED }, (_, at) => (
        <span key={at} className={at < given ? "eye seen" : "eye"} aria-hidden="true" />
      ))}
      {given} of {NEEDED}
    </span>
  );
}

function Acts({ one, small = false }: { one: StaffWithdrawalOut; small?: boolean }) {
  const me = useMe();
  const path = { withdrawal: one.withdrawal };
  const what = `withdrawal ${one.withdrawal}`;
  if (!may(me.roles, "move money") || !WAITING.has(one.state)) return null;
  const about = (
    <Facts facts={[
      ["Amount", <Amount key="amount" text={one.amount} unit={one.asset} />],
      ["Of", one.email || `account ${one.owner}`],
      ["To", <code key="to" className="hash">{one.address}</code>],
      ...(one.memo ? [["Memo", one.memo] as const] : []),
      ...(one.held_until ? [["Look twice", `credentials changed; held until ${dayAndClock(one.held_until)}`] as const] : []),
    ]} />
  );
  const blocked = whyNotApprove(me, one);
  return (
    <div className="actions tight">
      {one.state !== "failed" && (blocked === null ? (
        <Act
          label="Approve" small={small} title={`Approve ${what}`} button="Approve it" reason={false}
          about={about}
          act={async () => {
            const done = await ask("staff_approve_withdrawal", { path });
            return done.can_be_sent ? "It can be sent" : "One more has to approve it";
          }}
        />
      ) : !one.can_be_sent && <span className="muted">{blocked}</span>)}
      {one.can_be_sent && one.state === "approved" && <Sent one={one} small={small} about={about} />}
      {one.can_be_sent && one.state === "approved" && !small && (
        <Act
          label="Could not be sent" small={small} title={`${what} could not be sent`} button="Write it down"
          about={about}
          act={async (reason) => {
            await ask("staff_failed_withdrawal", { path, body: { reason } });
            return "Its money is still on the way out: retry or reject it";
          }}
        />
      )}
      {one.state === "failed" && (
        <Act
          label="Retry" small={small} reason={false} title={`Retry ${what}`} button="Retry" about={about}
          act={async () => {
            await ask("staff_retry_withdrawal", { path });
            return "It can be sent again; its approvals stay";
          }}
        />
      )}
      <Act
        label="Reject" small={small} danger title={`Reject ${what}`} button="Reject it" about={about}
        act={async (reason) => {
          await ask("staff_reject_withdrawal", { path, body: { reason } });
          return "The money is back with its owner";
        }}
      />
    </div>
  );
}

function Sent({ one, small, about }: {
  one: StaffWithdrawalOut;
  small: boolean;
  about: ReactNode;
}) {
  const [reference, setReference] = useState("");
  return (
    <Act
      label="Mark sent" plain={false} small={small} reason={false} ready={reference.trim() !== ""}
      title={`Withdrawal ${one.withdrawal} was sent`} button="It was sent" about={about}
      act={async () => {
        await ask("staff_sent_withdrawal", {
          path: { withdrawal: one.withdrawal }, body: { reference: reference.trim() },
        });
        return "The money has left the venue";
      }}
    >
      <Field
        label="Reference: hash of the transaction, or the bank's" name="reference" required autoFocus
        maxLength={200} value={reference} onChange={(event) => setReference(event.target.value)}
      />
    </Act>
  );
}

function One({ withdrawal }: { withdrawal: number }) {
  const found = useLive("staff_withdrawal", { path: { withdrawal } });
  return (
    <Loaded of={found}>{(one) => (
      <>
        <Head
          title={<>Withdrawal {one.withdrawal} <State one={one} /></>}
          about={<a {...link(pathOf("withdrawals"))}>All withdrawals</a>}
        >
          <Acts one={one} />
        </Head>
        <div className="columns-2">
          <Panel title="What was asked">
            <Facts facts={[
              ["Amount", <Amount key="a" text={one.amount} unit={one.asset} />],
              ["Owner", <a key="o" {...link(pathOf("people", one.owner))}>{one.email || one.owner}</a>],
              ["From account", one.account], ["Asked", dayAndClock(one.created_at)],
              ["To", <code key="to" className="hash">{one.address}</code>], ["Memo", one.memo ?? "none"],
              ["Its own id", <code key="id">{one.client_withdrawal_id}</code>],
              ["The money", one.funds.replace("_", " ")],
            ]} />
          </Panel>
          <Panel title="Four eyes" tools={<Eyes one={one} />}>
            <Facts facts={[
              ...one.approvals.map((approval) =>
                [`Approved by ${approval.by}`, dayAndClock(approval.at)] as const),
              ...Array.from({ length: Math.max(0, NEEDED - one.approvals.length) }, () =>
                ["Still needed", "somebody else of finance or admin"] as const),
              ["Reference", one.reference ?? "–"], ["Reason", one.reason ?? "–"],
              ["Closed by", one.closed_by ?? "–"], ["Last change", dayAndClock(one.updated_at)],
            ]} />
          </Panel>
        </div>
      </>
    )}</Loaded>
  );
}
