import { FAST_MS, SLOW_MS, useLive } from "@/admin/parts/live";
import { Amount } from "@/admin/parts/Amount";
import { Facts, Head, Loaded, Panel, Tag } from "@/admin/parts/Panel";
import { link, pathOf } from "@/admin/parts/route";
import { Rows } from "@/admin/parts/Rows";
import { Spark } from "@/admin/parts/Spark";
import { bytesText, countText, pair, rateText, shortAmount, spanText } from "@/admin/parts/words";
import type { HealthOut, OverviewOut } from "@/packages/api/types";
import { Modes } from "./Modes";

/** The venue at a glance. */
export function Overview() {
  const overview = useLive("staff_overview", {}, FAST_MS);
  const health = useLive("staff_health", {}, SLOW_MS);
  return (
    <>
      <Head title="Overview" />
      <Loaded of={health}>{(data) => <Modes health={data} />}</Loaded>
      <Loaded of={overview}>{(data) => (
        <>
          <Numbers overview={data} />
          <div className="columns-2">
            <div className="pile"><MarketsToday overview={data} /><Balances overview={data} /></div>
            <Loaded of={health}>{(told) => <Services health={told} />}</Loaded>
          </div>
        </>
      )}</Loaded>
    </>
  );
}

function Numbers({ overview }: { overview: OverviewOut }) {
  const at = Date.parse(overview.time);
  const rates = [
    ["Commands", overview.commands_per_second, `${countText(overview.commands)} since the start`],
    ["Trades", overview.trades_per_second, `${countText(overview.trades)} since the start`],
  ] as const;
  const counts = [
    ["Open orders", overview.open_orders, null], ["People", overview.people, "people"],
    ["Accounts", overview.accounts, null],
    ["Requests waiting", overview.waiting_requests, "requests"],
    ["Withdrawals waiting", overview.waiting_withdrawals, "withdrawals"],
  ] as const;
  return (
    <div className="tiles">
      {rates.map(([name, rate, under]) => (
        <div key={name} className="card tile living">
          <span className="tile-name">{name} per second</span>
          <strong>{rateText(rate)} <small>{under}</small></strong>
          <Spark value={rate} atMs={at} label={`${name} per second, the last two minutes`} />
        </div>
      ))}
      {counts.map(([name, count, part]) => (
        <div key={name} className="card tile">
          <span className="tile-name">{name}</span>
          <strong>
            {part ? <a {...link(pathOf(part))}>{countText(count)}</a> : countText(count)}
          </strong>
        </div>
      ))}
    </div>
  );
}

const feesText = (fees: Record<string, string>) =>
  Object.entries(fees).map(([asset, amount]) => `${shortAmount(amount)} ${asset}`).join(", ") || "–";

function MarketsToday({ overview }: { overview: OverviewOut }) {
  return (
    <Panel title="Markets, 24 hours">
      <Rows
        label="Markets, 24 hours" rows={overview.markets} by={(one) => one.market}
        empty="There is no market yet."
        columns={[
          {
            head: "Market",
            cell: (one) => <a {...link(pathOf("markets", one.market))}>{pair(one.market)}</a>,
          },
          { head: "State", cell: (one) => <Tag word={one.state} /> },
          { head: "Last", right: true, cell: (one) => <Amount text={one.last_price} /> },
          { head: "Trades", right: true, spare: true, cell: (one) => countText(one.trades_24h) },
          {
            head: "Volume", right: true,
            cell: (one) => <>{shortAmount(one.quote_volume_24h)} <span className="muted">{one.quote}</span></>,
          },
          { head: "Fees today", right: true, cell: (one) => feesText(one.fees_today) },
        ]}
      />
    </Panel>
  );
}

function Services({ health }: { health: HealthOut }) {
  return (
    <Panel title="Services" tools={<a {...link(pathOf("health"))}>All numbers</a>}>
      <Rows
        label="Services" rows={health.services} by={(one) => one.service} empty="None."
        columns={[
          { head: "Service", cell: (one) => one.service },
          { head: "State", cell: (one) => <Tag word={one.state} /> },
          { head: "", muted: true, cell: (one) => one.detail ?? "" },
        ]}
      />
      <Facts facts={[
        ["Up for", spanText(health.uptime_s)], ["Memory", bytesText(health.memory_bytes)],
        ["Disk free", `${bytesText(health.disk_free_bytes)} of ${bytesText(health.disk_total_bytes)}`],
      ]} />
    </Panel>
  );
}

function Balances({ overview }: { overview: OverviewOut }) {
  return (
    <Panel title="Balances by purpose" tools={<a {...link(pathOf("ledger"))}>Ledger</a>}>
      <Rows
        label="Balances by purpose" rows={overview.assets} by={(one) => one.asset}
        empty="No asset yet."
        columns={[
          { head: "Asset", cell: (one) => <strong>{one.asset}</strong> },
          { head: "Available", right: true, cell: (one) => <Amount text={one.available} /> },
          { head: "Held in orders", right: true, cell: (one) => <Amount text={one.held} /> },
          { head: "On the way out", right: true, cell: (one) => <Amount text={one.in_flight} /> },
          { head: "Fees", right: true, cell: (one) => <Amount text={one.fees} /> },
          { head: "Supply", right: true, cell: (one) => <Amount text={one.supply} /> },
        ]}
      />
    </Panel>
  );
}
