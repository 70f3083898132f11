import { useState } from "react";
import { Act } from "@/admin/parts/Act";
import { ask, SLOW_MS, useLive, useMe } from "@/admin/parts/live";
import { Facts, Head, Loaded, Panel, Tag } from "@/admin/parts/Panel";
import { may } from "@/admin/parts/roles";
import { Rows } from "@/admin/parts/Rows";
import { countText } from "@/admin/parts/words";

/** What recovery would start from, and the digest of the state. */
export function Snapshots() {
  const me = useMe();
  const snapshots = useLive("staff_snapshots", {}, SLOW_MS);
  return (
    <>
      <Head title="Snapshots" about="What a start of the venue begins with, before it replays the log.">
        {may(me.roles, "take a snapshot") && (
          <Act
            label="Take a snapshot" plain={false} reason={false} title="Take a snapshot"
            button="Take it" about={<p>The state as it is now is written to disk; trading goes on.</p>}
            act={async () => {
              const taken = await ask("staff_snapshot");
              return `At sequence ${countText(taken.sequence)}`;
            }}
          />
        )}
      </Head>
      <div className="columns-2">
        <Loaded of={snapshots}>{(data) => (
          <Panel title="On disk">
            <Rows
              label="Snapshots" rows={data.snapshots} by={(one) => one.sequence}
              empty="None yet: a start would replay the whole log."
              columns={[
                { head: "Sequence", right: true, cell: (one) => countText(one.sequence) },
                {
                  head: "Digest (SHA-256)",
                  cell: (one) => one.digest ? <code className="hash">{one.digest}</code>
                    : <><Tag word="damaged" /> {one.fault}</>,
                },
              ]}
            />
            <Facts facts={[
              ["Taken every", data.every_commands
                ? `${countText(data.every_commands)} commands` : "at the end alone"],
              ["Taken since the start", countText(data.taken)],
              ["Failed since the start", countText(data.failed)],
            ]} />
          </Panel>
        )}</Loaded>
        <Digest />
      </div>
    </>
  );
}

function Digest() {
  const [shown, setShown] = useState(false);
  const digest = useLive("staff_digest", { query: {} }, SLOW_MS, shown);
  return (
    <Panel title="State digest">
      <p className="detail muted">
        SHA-256 over everything the engine knows. Two venues with the same log have the same digest
        at the same sequence, whichever core they run. To reckon it takes the venue a moment.
      </p>
      {!shown ? (
        <div className="detail">
          <button type="button" className="plain" onClick={() => setShown(true)}>Reckon it</button>
        </div>
      ) : (
        <Loaded of={digest}>{(data) => (
          <Facts wide facts={[
            ["Sequence", countText(data.sequence)],
            ["Digest", <code key="digest" className="hash">{data.digest}</code>],
          ]} />
        )}</Loaded>
      )}
    </Panel>
  );
}
