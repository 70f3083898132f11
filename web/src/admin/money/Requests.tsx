import { useState } from "react";
import { Act } from "@/admin/parts/Act";
import { Filters } from "@/admin/parts/Choice";
import { ask, useLive, useMe } from "@/admin/parts/live";
import { Facts, Head, Loaded, Panel, Tag } from "@/admin/parts/Panel";
import { mayApprove, mayRefuse } from "@/admin/parts/roles";
import { link, pathOf } from "@/admin/parts/route";
import { Rows } from "@/admin/parts/Rows";
import { capital, pair } from "@/admin/parts/words";
import type { RequestOut } from "@/packages/api/types";
import { dayAndClock } from "@/packages/ui/time";
import { detailsOf } from "@/admin/parts/details";

const LIMIT = 200;

/** Everything that waits for a second pair of eyes, and what became of the rest. */
export function RequestsPage() {
  const [shown, setShown] = useState<"asked" | "all">("asked");
  const query = { limit: LIMIT, ...(shown === "asked" ? { state: "asked" } : {}) };
  const requests = useLive("staff_requests", { query });
  return (
    <>
      <Head title="Requests" about="One asks, another decides. After a day nobody can approve any more.">
        <Filters
          label="Which requests" value={shown} choose={setShown}
          options={[["asked", "Waiting"], ["all", "All"]]}
        />
      </Head>
      <Panel title={shown === "asked" ? "Waiting for a second pair of eyes" : "All requests"}>
        <Loaded of={requests}>{(data) => (
          <RequestRows rows={data.requests} empty="Nothing waits for anybody." />
        )}</Loaded>
      </Panel>
    </>
  );
}

const ACTS: Record<string, string> = {
  adjust: "Adjustment", credit: "Deposit", reset_factor: "Reset of a second factor",
  create_market: "New market", change_market: "Other rules", retire_market: "Retire a market",
  set_roles: "Roles", resume: "Open the venue again",
};

const SHOWN = 3;

function marketOf(one: RequestOut) {
  const market = one.details["market"];
  if (typeof market !== "string") return "the venue";
  return <a {...link(pathOf("markets", market))}>{pair(market)}</a>;
}

function Details({ one }: { one: RequestOut }) {
  const all = detailsOf(one.details);
  const text = all.slice(0, SHOWN).map(([name, value]) => `${name} ${value}`).join(" · ");
  return <span className="wrap">{text}{all.length > SHOWN && ` and ${all.length - SHOWN} more`}</span>;
}

export function RequestRows({ rows, empty }: { rows: readonly RequestOut[]; empty: string }) {
  return (
    <Rows
      label="Requests" rows={rows} by={(one) => one.request} empty={empty}
      columns={[
        { head: "No.", right: true, cell: (one) => one.request },
        { head: "What", cell: (one) => <strong>{ACTS[one.act] ?? capital(one.act)}</strong> },
        {
          head: "About",
          cell: (one) => one.account === 0 ? marketOf(one)
            : <a {...link(pathOf("people", one.account))}>{one.account}</a>,
        },
        { head: "Details", cell: (one) => <Details one={one} /> },
        { head: "Reason", cell: (one) => <span className="wrap">{one.reason}</span> },
        { head: "Asked", muted: true, cell: (one) => <>by {one.asked_by}, {dayAndClock(one.asked_at)}</> },
        {
          head: "State",
          cell: (one) => <><Tag word={one.state} />{one.decided_by !== null && (
            <span className="muted"> by {one.decided_by}</span>)}</>,
        },
        { head: "", cell: (one) => <Decide one={one} /> },
      ]}
    />
  );
}

function Decide({ one }: { one: RequestOut }) {
  const me = useMe();
  if (one.state !== "asked") return null;
  const path = { request: one.request };
  const title = `${ACTS[one.act] ?? capital(one.act)}, request ${one.request}`;
  const about = (
    <Facts wide facts={[
      ["Asked by", one.asked_by], ["Reason", one.reason],
      ...(one.account ? [["Account", one.account] as const] : []), ...detailsOf(one.details),
    ]} />
  );
  return (
    <div className="actions tight">
      {mayApprove(me, one) && (
        <Act
          label="Approve" small title={title} button="Approve it" reason={false} about={about}
          act={async () => `It is ${(await ask("staff_approve", { path })).state}`}
        />
      )}
      {one.asked_by === me.user_id && <span className="muted">Somebody else decides</span>}
      {mayRefuse(me, one) && (
        <Act
          label={one.asked_by === me.user_id ? "Take back" : "Refuse"} small danger reason={false}
          title={title} button={one.asked_by === me.user_id ? "Take it back" : "Refuse it"} about={about}
          act={async () => `It is ${(await ask("staff_refuse", { path })).state}`}
        />
      )}
    </div>
  );
}
