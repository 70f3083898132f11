import { keepPreviousData, useQuery, useQueryClient } from "@tanstack/react-query";
import { create } from "zustand";
import { call, type Given, Unreachable } from "@/packages/api/calls";
import { useSession } from "@/packages/api/session";
import type { Calls, MeOut } from "@/packages/api/types";

/** How often what is shown is asked for again, in milliseconds. */
export const FAST_MS = 1_000;
export const USUAL_MS = 2_000;
export const SLOW_MS = 5_000;

/** When the venue last answered, and since when it has not; by `Date.now()`. */
interface Pulse {
  readonly heardMs: number;
  readonly silentSinceMs: number | null;
}

export const usePulse = create<Pulse>(() => ({ heardMs: 0, silentSinceMs: null }));

export function heard(): void {
  usePulse.setState({ heardMs: Date.now(), silentSinceMs: null });
}

export function silent(): void {
  if (usePulse.getState().silentSinceMs === null) usePulse.setState({ silentSinceMs: Date.now() });
}

/** Makes a call, and notes whether the venue is there at all. */
export async function ask<K extends keyof Calls>(
  name: K,
  given: Given<K> = {},
): Promise<Calls[K]["gives"]> {
  try {
    const answer = await call(name, given);
    heard();
    return answer;
  } catch (error) {
    if (error instanceof Unreachable) silent();
    else heard();
    throw error;
  }
}

/**
 * Follows what a call says: asked again every so often while the page is looked at, and at once
 * after an act. What was there stays while it is asked for, or cannot be.
 */
export function useLive<K extends keyof Calls>(
  name: K,
  given: Given<K> = {},
  everyMs = USUAL_MS,
  enabled = true,
) {
  return useQuery({
    queryKey: [name, given],
    queryFn: () => ask(name, given),
    refetchInterval: everyMs,
    refetchOnWindowFocus: true,
    placeholderData: keepPreviousData,
    enabled,
  });
}

/** Returns how to have everything asked for again: something was done. */
export function useAgain(): () => Promise<void> {
  const client = useQueryClient();
  return () => client.invalidateQueries();
}

/** Who looks; the shell shows nothing else until that is known. */
export function useMe(): MeOut {
  const me = useSession((session) => session.me);
  if (me === null) throw new Error("nobody is logged in");
  return me;
}
