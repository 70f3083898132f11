import { useState } from "react";
import { ActDialog } from "@/admin/parts/Act";
import { Choice } from "@/admin/parts/Choice";
import { Limit } from "@/admin/parts/Limit";
import { ask, SLOW_MS, useLive, useMe } from "@/admin/parts/live";
import { Panel } from "@/admin/parts/Panel";
import { may } from "@/admin/parts/roles";
import { Rows } from "@/admin/parts/Rows";
import { pair } from "@/admin/parts/words";
import type { LimitsIn, StaffPersonWholeOut } from "@/packages/api/types";
import { Field } from "@/packages/ui/field";

/** Limits that somebody has for themselves. */
export function Limits({ one }: { one: StaffPersonWholeOut }) {
  const me = useMe();
  const [open, setOpen] = useState(false);
  return (
    <Panel
      title="Own limits"
      tools={may(me.roles, "set limits") && (
        <button type="button" className="plain small" onClick={() => setOpen(true)}>Set limits</button>
      )}
    >
      <Rows
        label="Own limits" rows={one.limits} by={(row) => `${row.account}/${row.market}`}
        empty="None: those of the markets hold."
        columns={[
          { head: "Where", cell: (row) => (row.market ? pair(row.market) : "everywhere") },
          { head: "Order", right: true, cell: (row) => <Limit of={row.order_notional} /> },
          { head: "Day", right: true, cell: (row) => <Limit of={row.daily_notional} /> },
          { head: "Position", right: true, cell: (row) => <Limit of={row.position} /> },
          { head: "Open orders", right: true, cell: (row) => <Limit of={row.open_orders_total ?? row.open_orders} /> },
        ]}
      />
      {open && <SetLimits account={one.person.user_id} close={() => setOpen(false)} />}
    </Panel>
  );
}

const IN_MARKET = {
  order_notional: "Value of an order", daily_notional: "Value of a day", position: "Position",
  open_orders: "Open orders", stop_orders: "Stop orders",
} as const;
const COUNTS = new Set(["open_orders", "stop_orders", "open_orders_total"]);

function SetLimits({ account, close }: { account: number; close: () => void }) {
  const markets = useLive("staff_markets", {}, SLOW_MS).data?.markets ?? [];
  const [market, setMarket] = useState("");
  const [values, setValues] = useState<Readonly<Record<string, string>>>({});
  const fields = market ? IN_MARKET : { open_orders_total: "Open orders, all markets" };
  const typed = Object.keys(fields).filter((name) => values[name]);
  const ready = typed.every((name) => COUNTS.has(name)
    ? /^\d{1,9}$/.test(values[name] ?? "") : /^\d+(\.\d+)?$/.test(values[name] ?? ""));
  return (
    <ActDialog
      title={`Limits of account ${account}`} button="Set them" close={close} ready={ready}
      about={<p>They replace what was set there before. What is left empty is as the market says.</p>}
      act={async (reason) => {
        const said = typed.map((name) =>
          [name, COUNTS.has(name) ? Number(values[name]) : values[name]] as const);
        const body = { reason, ...(market ? { market } : {}), ...Object.fromEntries(said) } as LimitsIn;
        await ask("staff_limits", { path: { account }, body });
        return "They hold from now on";
      }}
    >
      <Choice
        label="Where" value={market} choose={setMarket}
        options={[["", "Everywhere"], ...markets.map((one) =>
          [one.rules.market, pair(one.rules.market)] as const)]}
      />
      {Object.entries(fields).map(([name, label]) => (
        <Field
          key={name} label={label} inputMode="decimal" value={values[name] ?? ""}
          onChange={(event) => setValues({ ...values, [name]: event.target.value.trim() })}
        />
      ))}
    </ActDialog>
  );
}
