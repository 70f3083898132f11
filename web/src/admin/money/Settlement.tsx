import { useState } from "react";
import { useLive } from "@/admin/parts/live";
import { Facts, Head, Loaded, Panel, Tag } from "@/admin/parts/Panel";
import { Rows } from "@/admin/parts/Rows";
import { countText } from "@/admin/parts/words";
import type { HeadsPage, LedgerReportOut } from "@/packages/api/types";
import { clock, dayAndClock } from "@/packages/ui/time";
import { type Batch, batchesOf } from "./batches";

const PAGE = 50;

/** Which trades are settled, batch by batch, and what is signed of each. */
export function Settlement() {
  const [cursor, setCursor] = useState<string | null>(null);
  const report = useLive("staff_ledger");
  const query = { limit: PAGE, ...(cursor === null ? {} : { cursor }) };
  const heads = useLive("trades_heads", { query });
  return (
    <>
      <Head title="Settlement" about="A trade is settled in the step that makes it; batches of trades are signed." />
      <Loaded of={report}>{(data) => <State report={data} />}</Loaded>
      <Panel title={cursor === null ? "The newest batches" : "Earlier batches"}>
        <Loaded of={heads}>{(page) => <Batches page={page} first={cursor === null} turn={setCursor} />}</Loaded>
      </Panel>
    </>
  );
}

function State({ report }: { report: LedgerReportOut }) {
  const { ledger, conserved } = report;
  const good = conserved && !ledger.doubted;
  const signed = report.heads.find((head) => head.log === "trades");
  return (
    <section className={`card mode ${good ? "good" : "bad"}`} data-testid="settled">
      <div>
        <h2>{good ? "Trades are final once the ledger has them" : "The ledger is in doubt: see its page"}</h2>
        <p>Settled up to sequence {countText(ledger.sequence)}, {clock(report.time)}. This venue settles on no chain.</p>
      </div>
      <Facts facts={[
        ["Trades in signed batches", countText(signed?.size ?? 0)],
        ["Not settled yet", `${countText(ledger.lag_commands)} commands, ${countText(ledger.lag_ms)} ms`],
      ]} />
    </section>
  );
}

const spanText = ({ first, last }: Batch) =>
  (first === null ? `up to ${countText(last)}` : `${countText(first)} – ${countText(last)}`);
const countOf = ({ first, last }: Batch) => (first === null ? "–" : countText(last - first + 1));

interface Turn {
  readonly page: HeadsPage;
  readonly first: boolean;
  readonly turn: (cursor: string | null) => void;
}

function Batches({ page, first, turn }: Turn) {
  const right = { right: true } as const;
  return (
    <Rows
      label="Batches" rows={batchesOf(page)} by={(one) => one.last}
      empty="No trade is in a signed batch yet."
      foot={
        <div className="actions pager">
          {!first && (
            <button type="button" className="plain" onClick={() => turn(null)}>Newest</button>
          )}
          {page.next_cursor !== null && (
            <button type="button" className="plain" onClick={() => turn(page.next_cursor)}>Older</button>
          )}
        </div>
      }
      columns={[
        { head: "Trades", ...right, cell: (one) => spanText(one) },
        { head: "Count", ...right, cell: (one) => countOf(one) },
        { head: "At sequence", ...right, cell: (one) => countText(one.sequence) },
        { head: "Signed", muted: true, cell: (one) => dayAndClock(one.time) },
        { head: "Root of the log", spare: true, cell: (one) => <code className="cut">{one.root}</code> },
        { head: "State", cell: () => <Tag word="settled" tone="good" /> },
      ]}
    />
  );
}
