import { create } from "zustand";
import { call, callForSession, type Given, speakAs, Unreachable } from "./calls";
import type { Calls, MeOut, SessionOut } from "./types";

/** Who is logged in. The access token is here, in memory; the refresh token only in a cookie. */
interface SessionState {
  /** `unknown` until the venue has said whether this browser has a session. */
  readonly state: "unknown" | "out" | "in";
  readonly userId: number | null;
  readonly me: MeOut | null;
}

export const useSession = create<SessionState>(() => ({ state: "unknown", userId: null, me: null }));

type Entrance = "register" | "login" | "wallet_login";

const LOCK = "outcry-session";
const EARLY_MS = 60_000;
/** Set where this browser has a session, so that nobody else's page load asks in vain. */
const HINT = "outcry-has-session";

let token: string | null = null;
let expiresMs = 0;
let timer: ReturnType<typeof setTimeout> | undefined;
let renewal: Promise<string | null> | null = null;
const listeners = new Set<(token: string | null) => void>();
const others = "BroadcastChannel" in globalThis ? new BroadcastChannel(LOCK) : null;

/** Calls `told` with every new token, and with null when there is none any more. */
export function onToken(told: (token: string | null) => void): () => void {
  listeners.add(told);
  if (token !== null) told(token);
  return () => listeners.delete(told);
}

function tell(): void {
  for (const told of listeners) told(token);
}

function take(session: SessionOut): string {
  token = session.token;
  expiresMs = Date.parse(session.expires_at);
  localStorage.setItem(HINT, "1");
  clearTimeout(timer);
  const wait = Math.max(expiresMs - Date.now() - EARLY_MS, 5_000);
  // Longer waits would overflow the timer.
  timer = setTimeout(() => void renew(), Math.min(wait, 2 ** 31 - 1));
  useSession.setState({ state: "in", userId: session.user_id });
  tell();
  return session.token;
}

function drop(): void {
  token = null;
  clearTimeout(timer);
  localStorage.removeItem(HINT);
  useSession.setState({ state: "out", userId: null, me: null });
  tell();
}

/** Trades the cookie in; one tab after the other, because each refresh token works once. */
export function renew(): Promise<string | null> {
  renewal ??= locked(renewNow).finally(() => {
    renewal = null;
  });
  return renewal;
}

async function renewNow(): Promise<string | null> {
  try {
    return take(await callForSession("refresh"));
  } catch (error) {
    if (error instanceof Unreachable) {
      clearTimeout(timer);
      timer = setTimeout(() => void renew(), 5_000);
      return null;
    }
    drop();
    return null;
  }
}

async function locked<T>(act: () => Promise<T>): Promise<T> {
  return "locks" in navigator ? navigator.locks.request(LOCK, act) : act();
}

/** Finds out whether this browser has a session. */
export async function begin(): Promise<void> {
  speakAs({
    token: async () => (token !== null && expiresMs - Date.now() < 5_000 ? renew() : token),
    renew,
  });
  others?.addEventListener("message", (event) => {
    if (event.data === "out" && token !== null) drop();
    if (event.data === "in" && token === null) void renew().then(look);
  });
  if (localStorage.getItem(HINT) === null) return drop();
  await renew();
  await look();
}

/** Reads who one is. */
export async function look(): Promise<void> {
  if (token === null) return;
  const me = await call("me").catch(() => null);
  if (me !== null) useSession.setState({ me });
}

export async function enter<K extends Entrance>(
  how: K,
  body: NonNullable<Given<K>["body"]>,
): Promise<void> {
  take((await callForSession(how, { body } as Given<K>)) as Calls["login"]["gives"]);
  others?.postMessage("in");
  await look();
}

export async function leave(): Promise<void> {
  try {
    await callForSession("logout", {}, token);
  } finally {
    drop();
    others?.postMessage("out");
  }
}
