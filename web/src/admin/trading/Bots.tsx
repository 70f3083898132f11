import { useState } from "react";
import { Act, ActDialog } from "@/admin/parts/Act";
import { Amount } from "@/admin/parts/Amount";
import { Choice } from "@/admin/parts/Choice";
import { ask, useLive, useMe } from "@/admin/parts/live";
import { Facts, Head, Loaded, Panel, Tag } from "@/admin/parts/Panel";
import { may } from "@/admin/parts/roles";
import { link, pathOf } from "@/admin/parts/route";
import { Spark } from "@/admin/parts/Spark";
import { countText, pair, rateText } from "@/admin/parts/words";
import type { BotOut, BotParametersIn } from "@/packages/api/types";
import { Field } from "@/packages/ui/field";
import { clock } from "@/packages/ui/time";

/** The market maker's bots: whether they run, what they have made, and how they quote. */
export function Bots() {
  const bots = useLive("staff_bots");
  return (
    <>
      <Head title="Bots" about="They trade through the public API, as anybody could." />
      <Loaded of={bots}>{(data) => (data.bots.length === 0
        ? <p className="empty">This venue runs no bots.</p>
        : <div className="cards wide">{data.bots.map((bot) => <Bot key={bot.bot} bot={bot} />)}</div>
      )}</Loaded>
    </>
  );
}

function Bot({ bot }: { bot: BotOut }) {
  const me = useMe();
  const { metrics, parameters } = bot;
  const [base, quote] = bot.market.split("_");
  const bps = (value: number | null) => (value === null ? "–" : `${rateText(value)} bp`);
  return (
    <Panel
      title={bot.bot === bot.market ? pair(bot.market) : `${bot.bot}, ${pair(bot.market)}`}
      tools={<>
        <Tag word={bot.state} />
        {may(me.roles, "run bots") && <><Switch bot={bot} /><Parameters bot={bot} /></>}
      </>}
    >
      {metrics === null ? <p className="empty">It has said nothing yet.</p> : (
        <>
          <div className="bot-head">
            <div>
              <span className="tile-name">Profit and loss</span>
              <strong><Amount text={metrics.pnl_quote} unit={quote ?? ""} signed /></strong>
            </div>
            <div>
              <span className="tile-name">Inventory</span>
              <strong><Amount text={metrics.position_base} unit={base ?? ""} signed /></strong>
            </div>
            <div>
              <span className="tile-name">Fills</span><strong>{countText(metrics.fills)}</strong>
              <Spark value={metrics.fills} atMs={Date.parse(metrics.at)} label={`Fills of ${bot.bot}, two minutes`} />
            </div>
          </div>
          <div className="columns-even">
            <Facts facts={[
              ["Traded", <Amount key="t" text={metrics.traded_quote} unit={quote ?? ""} />],
              ["Fees", <Amount key="f" text={metrics.fees_quote} unit={quote ?? ""} />],
              ["Reference", <Amount key="r" text={metrics.reference_price} />],
              ["Open orders", countText(metrics.open_orders)],
              ["Told at", `${clock(metrics.at)}${metrics.connected ? "" : ", not connected"}`],
            ]} />
            <Facts facts={[
              ["Spread", bps(metrics.spread_bps)], ["Lean", bps(metrics.lean_bps)],
              ["Volatility", bps(metrics.volatility_bps)],
              ["Unexpected refusals", countText(metrics.refused)],
              ["Account", bot.account === null ? "–"
                : <a key="a" {...link(pathOf("people", bot.account))}>{bot.account}</a>],
            ]} />
          </div>
        </>
      )}
      <h3 className="sub">Parameters</h3>
      <div className="columns-even">
        <Facts facts={[
          ["Reference", `${parameters.reference}${parameters.price ? `, ${parameters.price}` : ""}`],
          ["Strategy", parameters.strategy], ["Levels a side", parameters.levels],
          ["Amount of the best", parameters.quantity], ["Position at most", parameters.position_max],
        ]} />
        <Facts facts={[
          ["Spacing", `${parameters.spacing_bps} bp`],
          ["Spread", `${parameters.spread_bps} to ${parameters.spread_max_bps} bp`],
          ["Looks every", `${parameters.refresh_s} s`],
          ["Noise taker", parameters.noise_quantity
            ? `up to ${parameters.noise_quantity}, every ${parameters.noise_every_s} s` : "off"],
        ]} />
      </div>
    </Panel>
  );
}

function Switch({ bot }: { bot: BotOut }) {
  const runs = bot.state === "running" || bot.state === "starting";
  const path = { bot: bot.bot };
  return (
    <Act
      label={runs ? "Stop" : "Start"} small danger={runs} reason={false}
      title={`${runs ? "Stop" : "Start"} ${bot.bot}`} button={runs ? "Stop it" : "Start it"}
      about={<p>{runs ? "It cancels all of its quotes and ends." : "It begins to quote again."}</p>}
      act={async () => {
        const done = await ask(runs ? "staff_stop_bot" : "staff_start_bot", { path });
        return `${done.bot} is ${done.state}`;
      }}
    />
  );
}

const KINDS = {
  price: "Price it starts at", levels: "Levels a side", spacing_bps: "Spacing, bp",
  spread_bps: "Spread, bp", spread_max_bps: "Spread at most, bp", quantity: "Amount of the best",
  growth_percent: "Growth by level, %", position_max: "Position at most", refresh_s: "Looks every, s",
  noise_quantity: "Noise takes up to", noise_every_s: "Noise every, s",
} as const;
const AMOUNTS = new Set(["price", "quantity", "position_max", "noise_quantity"]);

/** Returns what is to change: amounts stay text, measures become numbers. */
export function changed(
  before: Readonly<Record<string, string>>,
  after: Readonly<Record<string, string>>,
): Partial<BotParametersIn> {
  const other = Object.entries(after).filter(([name, value]) => value !== before[name] && value !== "");
  return Object.fromEntries(other.map(([name, value]) =>
    [name, AMOUNTS.has(name) || name === "strategy" ? value : Number(value)]));
}

function Parameters({ bot }: { bot: BotOut }) {
  const [open, setOpen] = useState(false);
  return (
    <>
      <button type="button" className="plain small" onClick={() => setOpen(true)}>Parameters</button>
      {open && <Change bot={bot} close={() => setOpen(false)} />}
    </>
  );
}

function Change({ bot, close }: { bot: BotOut; close: () => void }) {
  const [before] = useState<Record<string, string>>(() => Object.fromEntries(
    [...Object.keys(KINDS), "strategy"].map((name) =>
      [name, String(bot.parameters[name as keyof typeof bot.parameters] ?? "")])));
  const [after, setAfter] = useState(before);
  const change = changed(before, after);
  return (
    <ActDialog
      title={`Parameters of ${bot.bot}`} button="Set them" wide close={close}
      ready={Object.keys(change).length > 0}
      about={<p>They hold at once, and over restarts. What is left empty stays as it is.</p>}
      act={async (reason) => {
        await ask("staff_change_bot", { path: { bot: bot.bot }, body: { reason, ...change } });
        return `${Object.keys(change).length} changed`;
      }}
    >
      <div className="form-grid">
        <Choice
          label="Strategy" value={after["strategy"] ?? ""}
          choose={(value) => setAfter({ ...after, strategy: value })}
          options={[["inventory", "leans against its inventory"], ["plain", "plain"]]}
        />
        {Object.entries(KINDS).map(([name, label]) => (
          <Field
            key={name} label={label} name={name} inputMode="decimal" value={after[name] ?? ""}
            onChange={(event) => setAfter({ ...after, [name]: event.target.value.trim() })}
          />
        ))}
      </div>
    </ActDialog>
  );
}
