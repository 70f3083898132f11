import { Act } from "@/admin/parts/Act";
import { Amount } from "@/admin/parts/Amount";
import { ask, useLive, useMe } from "@/admin/parts/live";
import { Facts, Head, Loaded, Panel, Tag } from "@/admin/parts/Panel";
import { may } from "@/admin/parts/roles";
import { Rows } from "@/admin/parts/Rows";
import { countText } from "@/admin/parts/words";
import type { LedgerReportOut } from "@/packages/api/types";
import { clock, dayAndClock } from "@/packages/ui/time";

/** Whether nothing was created or lost, and what proves it to others. */
export function Ledger() {
  const me = useMe();
  const report = useLive("staff_ledger");
  return (
    <>
      <Head title="Ledger" about="Every event posts to zero per asset; this is the sum of them.">
        {may(me.roles, "publish") && (
          <Act
            label="Publish liabilities" plain={false} reason={false} title="Publish what is owed"
            button="Publish" about={<p>A Merkle-sum tree for every asset: everybody can prove that
            their balance is in its total, and nobody sees another's.</p>}
            act={async () => {
              const done = await ask("staff_publish");
              return `${done.liabilities.length} assets at sequence ${countText(done.sequence)}`;
            }}
          />
        )}
      </Head>
      <Loaded of={report}>{(data) => (
        <>
          <Verdict report={data} />
          <Conservation report={data} />
          <div className="columns-2"><Liabilities report={data} /><Heads report={data} /></div>
        </>
      )}</Loaded>
    </>
  );
}

function Verdict({ report }: { report: LedgerReportOut }) {
  const { ledger, conserved } = report;
  const good = conserved && !ledger.doubted;
  return (
    <section className={`card mode ${good ? "good" : "bad"}`} data-testid="conserved">
      <div>
        <h2>{conserved ? "Every unit is accounted for" : "Units are missing, or too many"}</h2>
        <p>
          At sequence {countText(report.sequence)}, {clock(report.time)}.{" "}
          {ledger.doubted ? "The ledger's own check disagrees with the engine." : ""}
        </p>
      </div>
      <Facts facts={[
        ["Ledger runs as", ledger.run], ["Checkpoint", countText(ledger.sequence)],
        ["Behind", `${countText(ledger.lag_commands)} commands, ${countText(ledger.lag_ms)} ms`],
      ]} />
    </section>
  );
}

const zero = (text: string) => !/[1-9]/.test(text);

function Conservation({ report }: { report: LedgerReportOut }) {
  const right = { right: true } as const;
  return (
    <Panel title="Conservation">
      <Rows
        label="Conservation" rows={report.assets} by={(one) => one.asset} empty="No asset yet."
        columns={[
          { head: "Asset", cell: (one) => <strong>{one.asset}</strong> },
          { head: "Available", ...right, cell: (one) => <Amount text={one.available} /> },
          { head: "Held", ...right, cell: (one) => <Amount text={one.held} /> },
          { head: "In flight", ...right, cell: (one) => <Amount text={one.in_flight} /> },
          { head: "Fees", ...right, cell: (one) => <Amount text={one.fees} /> },
          { head: "Adjusted", ...right, cell: (one) => <Amount text={one.loss} /> },
          { head: "Came in", ...right, spare: true, cell: (one) => <Amount text={one.credited} /> },
          { head: "Left", ...right, spare: true, cell: (one) => <Amount text={one.withdrawn} /> },
          { head: "Supply", ...right, cell: (one) => <Amount text={one.supply} /> },
          {
            head: "Difference", ...right,
            cell: (one) => <span className={zero(one.difference) ? "up" : "down"}>
              {zero(one.difference) ? "0" : one.difference}</span>,
          },
        ]}
      />
    </Panel>
  );
}

function Liabilities({ report }: { report: LedgerReportOut }) {
  return (
    <Panel title="Proof of liabilities, newest">
      <Rows
        label="Proof of liabilities" rows={report.liabilities} by={(one) => `${one.asset}${one.sequence}`}
        empty="Nothing was published yet."
        columns={[
          { head: "Asset", cell: (one) => <strong>{one.asset}</strong> },
          { head: "Owed", right: true, cell: (one) => <Amount text={one.total} /> },
          { head: "Leaves", right: true, cell: (one) => countText(one.leaves) },
          { head: "Sequence", right: true, cell: (one) => countText(one.sequence) },
          { head: "Root", spare: true, cell: (one) => <code className="cut">{one.root}</code> },
        ]}
      />
    </Panel>
  );
}

function Heads({ report }: { report: LedgerReportOut }) {
  return (
    <Panel title="Signed tree heads">
      <Rows
        label="Signed tree heads" rows={report.heads} by={(one) => `${one.log}${one.size}`}
        empty="None is signed yet."
        columns={[
          { head: "Log", cell: (one) => one.log },
          { head: "Entries", right: true, cell: (one) => countText(one.size) },
          { head: "Sequence", right: true, cell: (one) => countText(one.sequence) },
          { head: "Signed", muted: true, cell: (one) => dayAndClock(one.time) },
          { head: "", cell: () => <Tag word="signed" tone="good" /> },
        ]}
      />
    </Panel>
  );
}
