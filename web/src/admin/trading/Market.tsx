import { useState } from "react";
import { Act, ActDialog } from "@/admin/parts/Act";
import { Amount } from "@/admin/parts/Amount";
import { ask, useMe } from "@/admin/parts/live";
import { Facts, Head, Panel, Tag } from "@/admin/parts/Panel";
import { may } from "@/admin/parts/roles";
import { link, pathOf } from "@/admin/parts/route";
import { capital, countText, pair, plain, ppmText } from "@/admin/parts/words";
import type { StaffMarketOut } from "@/packages/api/types";
import { Field } from "@/packages/ui/field";
import { Moves } from "./Moves";
import { changeOf, differences, type Group, GROUPS, shown, typed, wrong } from "./rules";

/** One market: its state, and every rule of it. */
export function MarketPage({ market }: { market: StaffMarketOut }) {
  const me = useMe();
  const { rules, bands } = market;
  const name = pair(rules.market);
  const change = may(me.roles, "change a market");
  return (
    <>
      <Head
        title={<>{name} <Tag word={rules.state} /></>}
        about={<><a {...link(pathOf("markets"))}>All markets</a> · version {rules.version}</>}
      >
        <Moves market={market} />
      </Head>
      <div className="columns-3">
        <Panel title="Now">
          <Facts facts={[
            ["Last price", <Amount key="last" text={market.last_price} unit={rules.quote} />],
            ["Open orders", <a key="open" {...link(pathOf("orders", rules.market))}>{countText(market.open_orders)}</a>],
            ["This state until", market.until ?? "somebody moves it"],
            ["Trades with oneself", market.allow_self_trade ? "allowed" : "refused"],
            ["Fee is taken in", rules.fee_asset === "received" ? "what is received" : rules.quote],
          ]} />
          {may(me.roles, "retire a market") && rules.state !== "retired" && (
            <div className="detail">
              <Act
                label="Retire" danger small twoPeople title={`Retire ${name}`} button="Ask for it"
                about={<p>The market is closed for ever; what rests is cancelled.</p>}
                act={async (reason) => {
                  const asked = await ask("staff_retire_market", {
                    path: { market: rules.market }, body: { reason },
                  });
                  return `Request ${asked.request} waits for somebody else`;
                }}
              />
            </div>
          )}
        </Panel>
        {(["filters", "fees", "bands"] as const).map((group) => (
          <Panel
            key={group} title={capital(group)} tools={change && <Edit market={market} group={group} />}
          >
            <Facts facts={[
              ...GROUPS[group].map((rule) => [
                rule.label,
                shown(rule, typed(market, group)[rule.name] ?? "", group === "bands" || rule.optional === true),
              ] as const),
              ...(group === "bands"
                ? [["A taker at the band", bands.on_band === "halt" ? "halts the market" : "is stopped"] as const]
                : []),
            ]} />
          </Panel>
        ))}
        <Panel title="Fee tiers">
          {market.tiers.length === 0 ? <p className="empty">None: everybody pays the same.</p> : (
            <Facts facts={market.tiers.map((tier) => [
              `From ${tier.volume} ${rules.quote}`,
              `${ppmText(tier.maker_ppm)} / ${ppmText(tier.taker_ppm)}`,
            ])} />
          )}
        </Panel>
        <Panel title="Schedule (UTC)">
          {market.schedule.length === 0 ? <p className="empty">None: it changes by hand alone.</p> : (
            <Facts facts={market.schedule.map((one) => [one.time, plain(one.state)])} />
          )}
        </Panel>
      </div>
    </>
  );
}

function Edit({ market, group }: { market: StaffMarketOut; group: Group }) {
  const [open, setOpen] = useState(false);
  return (
    <>
      <button
        type="button" className="plain small" aria-label={`Edit ${group}`}
        onClick={() => setOpen(true)}
      >
        Edit
      </button>
      {open && <EditRules market={market} group={group} close={() => setOpen(false)} />}
    </>
  );
}

function EditRules({ market, group, close }: {
  market: StaffMarketOut;
  group: Group;
  close: () => void;
}) {
  // What the rules were when somebody began to type; the page behind goes on living.
  const [before] = useState(() => typed(market, group));
  const [after, setAfter] = useState(before);
  const name = market.rules.market;
  const other = differences(group, before, after);
  const trouble = GROUPS[group].some((rule) => wrong(rule, after[rule.name] ?? ""));
  return (
    <ActDialog
      title={`${capital(group)} of ${pair(name)}`} button="Ask for it" twoPeople wide close={close}
      ready={other.length > 0 && !trouble}
      about={<p>What is left empty is no limit. Orders that rest stay as they are.</p>}
      act={async (reason) => {
        const said = changeOf(group, before, after);
        const bands = { ...said, on_band: market.bands.on_band };
        const asked = await ask("staff_change_market", {
          path: { market: name },
          body: { reason, [group]: group === "bands" ? bands : said },
        });
        return `Request ${asked.request} waits for somebody else`;
      }}
    >
      <div className="form-grid">
        {GROUPS[group].map((rule) => (
          <Field
            key={rule.name} label={rule.label} name={rule.name} value={after[rule.name] ?? ""}
            inputMode="decimal" trouble={wrong(rule, after[rule.name] ?? "")}
            onChange={(event) => setAfter({ ...after, [rule.name]: event.target.value.trim() })}
          />
        ))}
      </div>
      {other.length > 0 && (
        <ul className="changes" aria-label="What changes">
          {other.map(([label, was, will]) => (
            <li key={label}>{label}: <del>{was}</del> → <ins>{will}</ins></li>
          ))}
        </ul>
      )}
    </ActDialog>
  );
}
