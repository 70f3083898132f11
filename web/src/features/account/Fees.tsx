import { useQuery } from "@tanstack/react-query";
import { call } from "@/packages/api/calls";
import { format, grouped, parse, trim } from "@/packages/money/decimal";
import { useMarkets } from "@/packages/state/markets";

const DAYS = 30;
const PPM_DECIMALS = 4;
const rate = (ppm: bigint) => `${trim(format(ppm, PPM_DECIMALS))}%`;

/** What trading costs in each market, and how much one has traded there. */
export function Fees() {
  const markets = useMarkets();
  const since = new Date(Date.now() - DAYS * 86_400_000).toISOString().slice(0, 10);
  const volume = useQuery({
    queryKey: ["volume", since],
    queryFn: () => call("volume", { query: { start_time: `${since}T00:00:00Z`, limit: 1_000 } }),
  });
  const traded = (name: string, decimals: number) =>
    (volume.data?.volume ?? [])
      .filter((day) => day.market === name)
      .reduce((sum, day) => sum + (parse(day.quote_volume, decimals) ?? 0n), 0n);
  return (
    <div className="sections">
      <section>
        <h3>What trading costs</h3>
        <table className="table">
          <thead>
            <tr>
              <th>Market</th><th className="right">Maker</th><th className="right">Taker</th>
              <th>Taken in</th><th className="right">You traded in {DAYS} days</th>
            </tr>
          </thead>
          <tbody>
            {markets.map((one) => (
              <tr key={one.name}>
                <td><strong>{one.name.replace("_", "/")}</strong></td>
                <td className="right">{rate(one.makerPpm)}</td>
                <td className="right">{rate(one.takerPpm)}</td>
                <td>{one.feeInReceived ? "what is received" : one.quote}</td>
                <td className="right">
                  {grouped(trim(format(traded(one.name, one.quoteDecimals), one.quoteDecimals)))}
                  {" "}{one.quote}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </div>
  );
}
