import { useLive } from "@/admin/parts/live";
import { Facts, Head, Loaded, Panel, Tag } from "@/admin/parts/Panel";
import { bytesText, factText, spanText } from "@/admin/parts/words";
import type { HealthOut } from "@/packages/api/types";
import { dayAndClock } from "@/packages/ui/time";

/** Every service with its queues, lag and numbers. */
export function Health() {
  const health = useLive("staff_health");
  return (
    <>
      <Head title="Health" about="Queues, lag, circuits, memory and disk, as the venue counts them." />
      <Loaded of={health}>{(data) => (
        <>
          <Process health={data} />
          <div className="cards">
            {data.services.map((one) => (
              <Panel key={one.service} title={one.service} tools={<Tag word={one.state} />}>
                {one.detail && <p className="detail">{one.detail}</p>}
                <Facts facts={Object.entries(one.facts).map(([name, value]) => factText(name, value))} />
              </Panel>
            ))}
          </div>
        </>
      )}</Loaded>
    </>
  );
}

const HUNDRED = 100;

function Process({ health }: { health: HealthOut }) {
  const used = health.disk_total_bytes - health.disk_free_bytes;
  const share = Math.round((used * HUNDRED) / Math.max(1, health.disk_total_bytes));
  const circuits = Object.entries(health.circuits);
  return (
    <div className="columns-2">
      <Panel title="The process">
        <Facts facts={[
          ["Version", `${health.version}, ${health.core} core`],
          ["Started", dayAndClock(health.started_at)], ["Up for", spanText(health.uptime_s)],
          ["Memory", bytesText(health.memory_bytes)],
          ["Disk", <><Tag word={health.disk} /> {bytesText(health.disk_free_bytes)} free</>],
        ]} />
        <meter
          className="gauge" min={0} max={HUNDRED} value={share} high={85} aria-label="Disk in use"
        />
        <p className="detail muted">{share} % of the disk is in use.</p>
        {health.runbook && <p className="detail">What to do: <code>{health.runbook}</code></p>}
      </Panel>
      <Panel title="Circuit breakers">
        {circuits.length === 0 ? <p className="empty">Nothing is guarded.</p> : (
          <Facts facts={circuits.map(([name, state]) => [
            name, <Tag key={name} word={state} tone={state === "closed" ? "good" : "bad"} />,
          ])} />
        )}
        <p className="detail muted">
          Closed: it answers. Open: it failed, and nobody asks it for a while. Half open: one call
          finds out.
        </p>
      </Panel>
    </div>
  );
}
