import { useQuery } from "@tanstack/react-query";
import { call } from "@/packages/api/calls";
import { format, grouped, trim } from "@/packages/money/decimal";
import type { Market } from "@/packages/money/market";
import { show } from "@/packages/state/desk";
import { Select } from "@/packages/ui/select";
import type { Funds } from "./funds";
import { type Kind, KINDS, shapeOf, type Side } from "./model";

const FIRST: readonly Kind[] = ["limit", "market"];

/** To buy or to sell. */
export function Sides({ side, choose }: { side: Side; choose: (side: Side) => void }) {
  return (
    <div className="sides" role="group" aria-label="Side">
      {(["buy", "sell"] as const).map((one) => (
        <button
          key={one} type="button" className={one} aria-pressed={side === one}
          onClick={() => choose(one)}
        >
          {one === "buy" ? "Buy" : "Sell"}
        </button>
      ))}
    </div>
  );
}

export function KindPicker({ kind, choose }: { kind: Kind; choose: (kind: Kind) => void }) {
  const more = KINDS.filter((one) => !FIRST.includes(one));
  return (
    <div className="kinds" role="group" aria-label="Kind of order">
      {FIRST.map((one) => (
        <button
          key={one} type="button" className="plain" aria-pressed={one === kind}
          onClick={() => choose(one)}
        >
          {shapeOf(one).label}
        </button>
      ))}
      <Select
        label="More kinds of order" placeholder="Stop and more" choose={choose}
        value={more.includes(kind) ? kind : null} className={more.includes(kind) ? "on" : ""}
        options={more.map((one) => ({ value: one, label: shapeOf(one).label }))}
      />
    </div>
  );
}

interface AvailableProps {
  readonly market: Market;
  readonly side: Side;
  readonly funds: Funds;
  readonly state: string;
}

export function Available({ market, side, funds, state }: AvailableProps) {
  const status = useQuery({ queryKey: ["status"], queryFn: () => call("status") });
  const buys = side === "buy";
  const [units, decimals, asset] = buys
    ? [funds.quote, market.quoteDecimals, market.quote]
    : [funds.base, market.baseDecimals, market.base];
  return (
    <div className="available">
      <span className="muted">Available</span>
      <span>
        {state === "in" ? grouped(trim(format(units, decimals))) : "–"} {asset}
        {state === "in" && status.data?.development && (
          <button type="button" className="link small" onClick={() => show("faucet")}>
            Get play money
          </button>
        )}
      </span>
    </div>
  );
}
