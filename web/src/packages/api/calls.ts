import { CALLS, type Calls, type ErrorBody } from "./types";

/** What the venue answered instead of what was asked. */
export class Refused extends Error {
  readonly body: ErrorBody;
  readonly status: number;

  constructor(status: number, body: ErrorBody) {
    super(body.message);
    this.status = status;
    this.body = body;
  }
}

/** The venue did not answer: nobody knows whether it did what was asked. */
export class Unreachable extends Error {}

type Part<K extends keyof Calls, P extends string> = Calls[K] extends { [key in P]: infer V }
  ? V
  : never;

/** What a call is given besides its name. */
export interface Given<K extends keyof Calls> {
  readonly body?: Part<K, "body">;
  readonly query?: Part<K, "query">;
  readonly path?: Part<K, "path">;
}

/** Who asks: returns the token that a call is made with, and a fresh one where that was refused. */
export interface Speaker {
  token(): Promise<string | null>;
  renew(): Promise<string | null>;
}

let speaker: Speaker = { token: async () => null, renew: async () => null };

export function speakAs(who: Speaker): void {
  speaker = who;
}

/** Makes a call of the native API. */
export async function call<K extends keyof Calls>(
  name: K,
  given: Given<K> = {},
): Promise<Calls[K]["gives"]> {
  const token = await speaker.token();
  let answer = await send(name, given, token);
  if (answer.status === 401 && token !== null) {
    const renewed = await speaker.renew();
    if (renewed !== null) answer = await send(name, given, renewed);
  }
  return (await bodyOf(answer)) as Calls[K]["gives"];
}

/** Makes a call about the session itself, whose refresh token stays in a cookie. */
export async function callForSession<K extends keyof Calls>(
  name: K,
  given: Given<K> = {},
  token: string | null = null,
): Promise<Calls[K]["gives"]> {
  const more = { "X-Outcry-Session": "cookie" };
  return (await bodyOf(await send(name, given, token, more))) as Calls[K]["gives"];
}

async function send<K extends keyof Calls>(
  name: K,
  given: Given<K>,
  token: string | null,
  more: Record<string, string> = {},
): Promise<Response> {
  const [method, pattern] = CALLS[name];
  const headers: Record<string, string> = { ...more };
  if (token !== null) headers["Authorization"] = `Bearer ${token}`;
  if (given.body !== undefined) headers["Content-Type"] = "application/json";
  const path = pattern.replace(/{(\w+)}/g, (_, key: string) =>
    encodeURIComponent(String((given.path as Record<string, unknown>)[key])),
  );
  const search = new URLSearchParams();
  for (const [key, value] of Object.entries(given.query ?? {})) {
    if (value !== undefined) search.set(key, String(value));
  }
  const query = search.size ? `?${search}` : "";
  try {
    return await fetch(path + query, {
      method,
      headers,
      body: given.body === undefined ? null : JSON.stringify(given.body),
      credentials: "same-origin",
      // A page that is left must not lose the cookie that comes back.
      keepalive: name === "refresh",
    });
  } catch {
    throw new Unreachable("The venue does not answer.");
  }
}

const limitListeners = new Set<(seconds: number) => void>();

/** Calls `told` when the venue says that too much was asked: with how many seconds to wait. */
export function onLimit(told: (seconds: number) => void): () => void {
  limitListeners.add(told);
  return () => limitListeners.delete(told);
}

const TOO_MUCH: readonly number[] = [418, 429];

async function bodyOf(answer: Response): Promise<unknown> {
  if (TOO_MUCH.includes(answer.status)) {
    const seconds = Number(answer.headers.get("Retry-After") ?? 1);
    for (const told of limitListeners) told(seconds);
  }
  const json = answer.headers.get("Content-Type")?.startsWith("application/json") ?? false;
  if (answer.ok) return json ? answer.json() : answer.text();
  const body = json ? ((await answer.json()) as { error?: ErrorBody }) : {};
  if (body.error) throw new Refused(answer.status, body.error);
  throw new Unreachable(`The venue answered ${answer.status}.`);
}
