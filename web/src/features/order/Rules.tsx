import { format, grouped, trim } from "@/packages/money/decimal";
import { type Market, priceText, quantityText, quoteText } from "@/packages/money/market";

const PPM_DECIMALS = 4;

/** Returns a rate in percent: 500 parts per million are 0.05 %. */
const rate = (ppm: bigint) => `${trim(format(ppm, PPM_DECIMALS))}%`;

/** The rules of a market: what it costs, and what numbers it takes. */
export function Rules({ market }: { market: Market }) {
  const least = trim(quoteText(market, market.minNotional));
  const rows = [
    ["Fee, maker / taker", `${rate(market.makerPpm)} / ${rate(market.takerPpm)}`],
    ["Fee is taken in", market.feeInReceived ? "what is received" : market.quote],
    ["Price step", `${priceText(market, market.tick)} ${market.quote}`],
    ["Amount step", `${quantityText(market, market.lot)} ${market.base}`],
    ["Least amount", `${quantityText(market, market.minQuantity)} ${market.base}`],
    ...(market.minNotional > 0n ? [["Least total", `${grouped(least)} ${market.quote}`]] : []),
  ];
  return (
    <section className="rules" aria-label="Rules of the market">
      <h2>{market.name.replace("_", "/")}</h2>
      <dl>
        {rows.map(([name, value]) => (
          <div key={name}><dt>{name}</dt><dd>{value}</dd></div>
        ))}
      </dl>
    </section>
  );
}
