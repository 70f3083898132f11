import { Amount } from "@/admin/parts/Amount";
import { useLive, useMe } from "@/admin/parts/live";
import { Head, Loaded, Panel, Tag } from "@/admin/parts/Panel";
import { may } from "@/admin/parts/roles";
import { link, pathOf } from "@/admin/parts/route";
import { Rows } from "@/admin/parts/Rows";
import { countText, pair, ppmText } from "@/admin/parts/words";
import { MarketPage } from "./Market";
import { NewMarket } from "./NewMarket";
import { Moves } from "./Moves";

/** All markets, or one. */
export function Markets({ which }: { which: string | null }) {
  const markets = useLive("staff_markets");
  const me = useMe();
  if (which !== null) {
    return (
      <Loaded of={markets}>{(data) => {
        const found = data.markets.find((one) => one.rules.market === which);
        return found ? <MarketPage market={found} /> : <p className="empty">There is no such market.</p>;
      }}</Loaded>
    );
  }
  return (
    <>
      <Head title="Markets" about="A new market, or other rules, take two people; a state takes one.">
        {may(me.roles, "change a market") && <NewMarket />}
      </Head>
      <Panel title="All markets">
        <Loaded of={markets}>{(data) => (
          <Rows
            label="Markets" rows={data.markets} by={(one) => one.rules.market}
            empty="There is no market yet."
            columns={[
              {
                head: "Market",
                cell: (one) => (
                  <a {...link(pathOf("markets", one.rules.market))}>{pair(one.rules.market)}</a>
                ),
              },
              { head: "State", cell: (one) => <Tag word={one.rules.state} /> },
              { head: "Last", right: true, cell: (one) => <Amount text={one.last_price} /> },
              { head: "Open orders", right: true, cell: (one) => countText(one.open_orders) },
              {
                head: "Fee, maker / taker", right: true,
                cell: (one) => `${ppmText(one.rules.maker_ppm)} / ${ppmText(one.rules.taker_ppm)}`,
              },
              { head: "Tick", right: true, spare: true, cell: (one) => one.rules.tick },
              { head: "Lot", right: true, spare: true, cell: (one) => one.rules.lot },
              {
                head: "Band", right: true, spare: true,
                cell: (one) => one.bands.dynamic_ppm ? `±${ppmText(one.bands.dynamic_ppm)}` : "none",
              },
              { head: "", cell: (one) => <Moves market={one} small /> },
            ]}
          />
        )}</Loaded>
      </Panel>
    </>
  );
}
