import { useQuery } from "@tanstack/react-query";
import { call } from "@/packages/api/calls";
import { read } from "@/packages/money/decimal";
import type { Market } from "@/packages/money/market";

const [WIDTH, HEIGHT] = [72, 22];
const CANDLES = 96;
const YOUNG = 8;
const FRESH_MS = 300_000;

/** The last 24 hours of a market, as a line: closes of a quarter of an hour each. */
export function Sparkline({ market, way }: { market: Market; way: string }) {
  const klines = useQuery({
    queryKey: ["sparkline", market.name], staleTime: FRESH_MS,
    queryFn: () => closes(market.name),
  });
  const path = pathOf((klines.data ?? []).map((text) => read(text, market.priceDecimals)));
  return (
    <svg className={`sparkline ${way}`} viewBox={`0 0 ${WIDTH} ${HEIGHT}`} aria-hidden="true">
      {path && <path d={path} />}
    </svg>
  );
}

/** Returns the last prices of quarters of an hour; of minutes, where a market is too young for that. */
async function closes(market: string): Promise<readonly string[]> {
  const read = async (interval: "1m" | "15m") =>
    (await call("klines", { query: { market, interval, limit: CANDLES } })).klines;
  const quarters = await read("15m");
  const shown = quarters.length < YOUNG ? await read("1m") : quarters;
  return shown.map((one) => one.close);
}

/** Returns prices as a path within the picture; nothing for less than two of them. */
export function pathOf(prices: readonly bigint[]): string {
  if (prices.length < 2) return "";
  const low = prices.reduce((a, b) => (b < a ? b : a));
  const high = prices.reduce((a, b) => (b > a ? b : a));
  const room = BigInt(HEIGHT - 4);
  return prices.map((price, at) => {
    const x = Math.round((at * WIDTH) / (prices.length - 1));
    const y = high === low ? HEIGHT / 2 : HEIGHT - 2 - Number(((price - low) * room) / (high - low));
    return `${at === 0 ? "M" : "L"}${x} ${y}`;
  }).join("");
}
