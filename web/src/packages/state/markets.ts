import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { call } from "@/packages/api/calls";
import { type Market, marketOf } from "@/packages/money/market";
import { usePreferences } from "./desk";

const SELDOM_MS = 60_000;
/** A market that is halted has to be seen to be. */
const SOON_MS = 10_000;

/** Returns all markets, by the order of the venue; nothing until they are known. */
export function useMarkets(): readonly Market[] {
  const markets = useQuery({
    queryKey: ["markets"], queryFn: () => call("markets"), refetchInterval: SOON_MS,
  });
  const assets = useQuery({
    queryKey: ["assets"], queryFn: () => call("assets"), refetchInterval: SELDOM_MS,
  });
  return useMemo(() => {
    if (!markets.data || !assets.data) return [];
    const known = assets.data.assets;
    return markets.data.markets.map((rules) => marketOf(rules, known));
  }, [markets.data, assets.data]);
}

/** Returns the market on the screen; null until the markets are known. */
export function useMarket(): Market | null {
  const markets = useMarkets();
  const wanted = usePreferences((preferences) => preferences.market);
  return markets.find((market) => market.name === wanted) ?? markets[0] ?? null;
}

const CLOSED: Record<string, string> = {
  halted: "halted", closed: "closed", cancel_only: "paused: orders can only be cancelled",
  read_only: "paused",
};

/** Returns why nothing can be placed now, by the venue's mode and the market's state; null if it can. */
export function closedWords(market: Market, mode: string | null): string | null {
  const venue = mode === null ? undefined : CLOSED[mode];
  if (venue) return `The venue is ${venue}`;
  const here = CLOSED[market.state];
  return here ? `${market.name.replace("_", "/")} is ${here}` : null;
}

export function choose(name: string): void {
  usePreferences.setState({ market: name });
  history.replaceState(null, "", `/trade/${name}`);
}
