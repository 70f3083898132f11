import { Limit } from "@/admin/parts/Limit";
import { useLive } from "@/admin/parts/live";
import { Facts, Head, Loaded, Panel, Tag } from "@/admin/parts/Panel";
import { link, pathOf } from "@/admin/parts/route";
import { Rows } from "@/admin/parts/Rows";
import { bytesText, capital, countText, pair, spanText } from "@/admin/parts/words";
import type { RiskOut } from "@/packages/api/types";
import { dayAndClock } from "@/packages/ui/time";

/** What holds trading back: the guard, limits of accounts, and how much anybody may ask. */
export function Risk() {
  const risk = useLive("staff_risk");
  return (
    <>
      <Head title="Risk and limits" about="Bands and breakers stand with each market." />
      <Loaded of={risk}>{(data) => (
        <div className="columns-2">
          <Guard risk={data} />
          <Rates risk={data} />
          <Limits risk={data} />
          <Limited risk={data} />
        </div>
      )}</Loaded>
    </>
  );
}

function Guard({ risk }: { risk: RiskOut }) {
  return (
    <Panel title="The guard" tools={<Tag word={risk.mode} />}>
      <Facts facts={[
        ["Concerns", risk.concerns.join("; ") || "none"], ["Holds the venue at", risk.held ?? "nothing"],
        ["The ledger may be behind", `${spanText(risk.ledger_lag_s_max)}, ${countText(risk.ledger_lag_events_max)} events`],
        ["Disk kept in reserve", bytesText(risk.disk_reserve_bytes)],
      ]} />
    </Panel>
  );
}

const RATES: Readonly<Record<string, string>> = {
  ip_weight: "Weight of an address", key_weight: "Weight of an API key",
  account_weight: "Weight of an account", orders_10s: "Orders of an account",
  orders_1d: "Orders of an account",
};

function Rates({ risk }: { risk: RiskOut }) {
  const { rates } = risk;
  return (
    <Panel title="Rates">
      <Rows
        label="Rates" rows={rates.rates} by={(one) => one.name} empty="Nothing is limited."
        columns={[
          { head: "What", cell: (one) => RATES[one.name] ?? capital(one.name) },
          { head: "At most", right: true, cell: (one) => <Limit of={one.limit} /> },
          { head: "In", right: true, cell: (one) => spanText(one.interval_s) },
          { head: "Cancels besides", right: true, cell: (one) => <Limit of={one.cancels_besides} /> },
        ]}
      />
      <Facts facts={[
        ["WebSockets of an account", <Limit key="sockets" of={rates.sockets_per_account} />],
        ["Refused since the start", countText(rates.refusals)],
        ["Shut out since the start", countText(rates.shut_outs)],
      ]} />
    </Panel>
  );
}

function Limits({ risk }: { risk: RiskOut }) {
  return (
    <Panel title="Own limits of accounts">
      <Rows
        label="Own limits of accounts" rows={risk.limits} by={(one) => `${one.account}/${one.market}`}
        empty="None: those of the markets hold for everybody."
        columns={[
          { head: "Account", cell: (one) => <a {...link(pathOf("people", one.account))}>{one.account}</a> },
          { head: "Where", cell: (one) => (one.market ? pair(one.market) : "everywhere") },
          { head: "Order", right: true, cell: (one) => <Limit of={one.order_notional} /> },
          { head: "Day", right: true, cell: (one) => <Limit of={one.daily_notional} /> },
          { head: "Position", right: true, cell: (one) => <Limit of={one.position} /> },
          { head: "Open orders", right: true, cell: (one) => <Limit of={one.open_orders_total ?? one.open_orders} /> },
        ]}
      />
    </Panel>
  );
}

function Limited({ risk }: { risk: RiskOut }) {
  const { limited, shut_out: shutOut } = risk.rates;
  return (
    <Panel title="Held back just now">
      <Rows
        label="Held back just now" rows={limited} by={(one) => `${one.rate}/${one.who}`}
        empty="Nobody has used up a rate."
        columns={[
          { head: "Who", cell: (one) => <code>{one.who}</code> },
          { head: "Rate", cell: (one) => RATES[one.rate] ?? capital(one.rate) },
          { head: "Used", right: true, cell: (one) => `${countText(one.used)} of ${countText(one.limit)}` },
          { head: "Until", muted: true, cell: (one) => dayAndClock(one.until) },
        ]}
      />
      {shutOut.length > 0 && (
        <Facts facts={shutOut.map((one) => [one.address, `shut out until ${dayAndClock(one.until)}`])} />
      )}
    </Panel>
  );
}
