import { type ReactNode, useState } from "react";
import { detailsOf } from "@/admin/parts/details";
import { SLOW_MS, useLive } from "@/admin/parts/live";
import { Facts, Head, Loaded, Panel } from "@/admin/parts/Panel";
import { link, pathOf } from "@/admin/parts/route";
import { Rows } from "@/admin/parts/Rows";
import { countText, plain } from "@/admin/parts/words";
import type { TrailEntryOut } from "@/packages/api/types";
import { Field } from "@/packages/ui/field";
import { dayAndClock } from "@/packages/ui/time";
import { chosen } from "./filter";

const NEWEST = 1_000_000_000_000;
const PAGE = 500;
const CHECK_MS = 15_000;

/** Who did what, newest first, and whether anybody has touched what was written. */
export function TrailPage() {
  const [before, setBefore] = useState(NEWEST);
  const [text, setText] = useState("");
  const [who, setWho] = useState("");
  const trail = useLive("staff_trail", { query: { before, limit: PAGE } }, SLOW_MS);
  return (
    <>
      <Head title="Audit log" about="Written in the transaction of the act; each entry holds the hash of the one before." />
      <Chain />
      <div className="search-row">
        <input
          className="search" type="search" aria-label="Filter the audit log" value={text}
          placeholder="An act, an address, a word of its details"
          onChange={(event) => setText(event.target.value)}
        />
        <Field
          label="Who or about whom" inputMode="numeric" value={who}
          onChange={(event) => setWho(event.target.value.trim())}
        />
      </div>
      <Panel title={before === NEWEST ? `The newest ${PAGE}` : `${PAGE} before ${countText(before)}`}>
        <Loaded of={trail}>{(data) => (
          <Entries
            entries={chosen(data.entries, text, who)}
            foot={
              <div className="actions pager">
                {before !== NEWEST && (
                  <button type="button" className="plain" onClick={() => setBefore(NEWEST)}>Newest</button>
                )}
                {data.entries.length === PAGE && (
                  <button
                    type="button" className="plain"
                    onClick={() => setBefore(data.entries.at(-1)?.number ?? NEWEST)}
                  >
                    Older
                  </button>
                )}
              </div>
            }
          />
        )}</Loaded>
      </Panel>
    </>
  );
}

function Chain() {
  const state = useLive("staff_trail_state", {}, CHECK_MS);
  return (
    <Loaded of={state}>{(data) => (
      <section className={`card mode ${data.sound ? "good" : "bad"}`} data-testid="chain">
        <div>
          <h2>{data.sound ? "The chain is whole" : "The chain is broken"}</h2>
          <p>{data.sound ? `${countText(data.entries)} entries and the seal of the last were verified just now.`
            : data.findings.join("; ")}</p>
        </div>
        <Facts wide facts={[["Head, to keep elsewhere", <code key="h" className="hash">{data.head}</code>]]} />
      </section>
    )}</Loaded>
  );
}

const person = (account: number) =>
  account === 0 ? <span className="muted">venue</span>
    : <a {...link(pathOf("people", account))}>{account}</a>;

function Entries({ entries, foot }: { entries: readonly TrailEntryOut[]; foot: ReactNode }) {
  return (
    <Rows
      label="Audit log" rows={entries} by={(one) => one.number} empty="No such entry." foot={foot}
      columns={[
        { head: "No.", right: true, cell: (one) => countText(one.number) },
        { head: "Time", muted: true, cell: (one) => dayAndClock(one.time) },
        { head: "Who", cell: (one) => person(one.actor) },
        { head: "Act", cell: (one) => <strong>{plain(one.act)}</strong> },
        { head: "About", cell: (one) => person(one.subject) },
        {
          head: "Details",
          cell: (one) => (
            <span className="wrap">
              {detailsOf(one.details).map(([name, value]) => `${name}: ${value}`).join(" · ")}
            </span>
          ),
        },
        { head: "From", muted: true, cell: (one) => <code>{one.address || "–"}</code> },
        { head: "Hash", spare: true, cell: (one) => <code className="muted">{one.hash.slice(0, 12)}…</code> },
      ]}
    />
  );
}
