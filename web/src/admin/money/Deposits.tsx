import { Amount } from "@/admin/parts/Amount";
import { SLOW_MS, useLive, useMe } from "@/admin/parts/live";
import { Head, Loaded, Panel } from "@/admin/parts/Panel";
import { may } from "@/admin/parts/roles";
import { link, pathOf } from "@/admin/parts/route";
import { Rows } from "@/admin/parts/Rows";
import { countText } from "@/admin/parts/words";
import { dayAndClock } from "@/packages/ui/time";
import { AskMoney } from "./AskMoney";
import { RequestRows } from "./Requests";

/** What came in, and what was put right; both take two people. */
export function Deposits() {
  const me = useMe();
  const deposits = useLive("staff_deposits", { query: { limit: 100 } }, SLOW_MS);
  const requests = useLive("staff_requests", { query: { limit: 200 } });
  return (
    <>
      <Head title="Deposits and adjustments" about="Double entry: what one side gets the other gives.">
        {may(me.roles, "move money") && (
          <div className="actions"><AskMoney kind="credit" /><AskMoney kind="adjust" /></div>
        )}
      </Head>
      <Panel title="Asked for">
        <Loaded of={requests}>{(data) => (
          <RequestRows
            empty="No deposit or adjustment was asked for."
            rows={data.requests.filter((one) => one.act === "adjust" || one.act === "credit")}
          />
        )}</Loaded>
      </Panel>
      <Panel title="Deposits">
        <Loaded of={deposits}>{(data) => (
          <Rows
            label="Deposits" rows={data.deposits} by={(one) => one.sequence} empty="Nothing has come in."
            columns={[
              { head: "Time", muted: true, cell: (one) => dayAndClock(one.time) },
              { head: "Sequence", right: true, cell: (one) => countText(one.sequence) },
              { head: "Account", cell: (one) => <a {...link(pathOf("people", one.account))}>{one.account}</a> },
              { head: "Amount", right: true, cell: (one) => <Amount text={one.amount} unit={one.asset} /> },
              { head: "Reference", cell: (one) => one.reference ?? <span className="muted">–</span> },
              { head: "Request", right: true, cell: (one) => one.request ?? "–" },
            ]}
          />
        )}</Loaded>
      </Panel>
    </>
  );
}
