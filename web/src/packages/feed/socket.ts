import type { ErrorBody } from "@/packages/api/types";

export type Told = { readonly channel: string; readonly type: string };
type Answer =
  | { id: number | null; ok: true; result: unknown }
  | { id: number | null; ok: false; error: ErrorBody };

/** How the connection is, in the words that are shown. */
export type Health = "connecting" | "live" | "waiting";

export interface Facts {
  readonly health: Health;
  /** Of the last ping, in milliseconds. */
  readonly latencyMs: number | null;
  /** When the venue last said anything, by `performance.now()`. */
  readonly heardMs: number;
  readonly connections: number;
}

const PING_EVERY_MS = 5_000;
const SILENT_AFTER_MS = 12_000;
const BACKOFF_MS = [250, 500, 1_000, 2_000, 4_000, 8_000];

/**
 * The one WebSocket of a page: it comes back by itself, says who one is, and follows again.
 *
 * `told` gets every message of a channel, `facts` every change of how the connection is. `lost` is
 * called when what was followed can have missed something.
 */
export class Socket {
  facts: Facts = { health: "connecting", latencyMs: null, heardMs: 0, connections: 0 };

  private socket: WebSocket | null = null;
  private token: string | null = null;
  private authorised = false;
  private readonly wanted = new Map<string, number>();
  private readonly waiting = new Map<number, (answer: Answer) => void>();
  private number = 0;
  private failures = 0;
  private pinged = 0;
  private beat: ReturnType<typeof setInterval> | undefined;
  private again: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly url: string,
    private readonly told: (message: Told) => void,
    private readonly changed: (facts: Facts) => void,
    private readonly lost: () => void,
  ) {}

  open(): void {
    clearTimeout(this.again);
    this.say({ health: "connecting" });
    const socket = new WebSocket(this.url);
    this.socket = socket;
    socket.addEventListener("open", () => this.opened(socket));
    socket.addEventListener("message", (event) => this.heard(String(event.data)));
    socket.addEventListener("close", () => this.closed(socket));
  }

  /** Follows a channel, until the returned function was called as often as this one. */
  follow(channel: string): () => void {
    const count = this.wanted.get(channel) ?? 0;
    this.wanted.set(channel, count + 1);
    if (count === 0 && this.may(channel)) this.ask({ op: "subscribe", channels: [channel] });
    let done = false;
    return () => {
      if (done) return;
      done = true;
      const left = (this.wanted.get(channel) ?? 1) - 1;
      if (left > 0) this.wanted.set(channel, left);
      else {
        this.wanted.delete(channel);
        if (this.may(channel)) this.ask({ op: "unsubscribe", channels: [channel] });
      }
    };
  }

  /** Asks for another snapshot of a channel that is followed. */
  refresh(channel: string): void {
    if (this.may(channel)) this.ask({ op: "subscribe", channels: [channel] });
  }

  /** Speaks for whom a token speaks for; another person takes another connection. */
  speak(token: string | null): void {
    const left = this.token !== null && token === null;
    this.token = token;
    if (left && this.socket) this.socket.close(1000);
    else if (token !== null && this.isOpen()) this.authorise();
  }

  /** Tries at once where it would wait: the network is back, or somebody looks again. */
  hurry(): void {
    if (this.facts.health === "waiting") this.open();
  }

  private isOpen(): boolean {
    return this.socket?.readyState === WebSocket.OPEN;
  }

  private may(channel: string): boolean {
    return this.isOpen() && (channel.includes(":") || channel === "status" || this.authorised);
  }

  private opened(socket: WebSocket): void {
    if (socket !== this.socket) return;
    this.failures = 0;
    this.authorised = false;
    this.say({ health: "live", heardMs: performance.now(), connections: this.facts.connections + 1 });
    const open = [...this.wanted.keys()].filter((channel) => this.may(channel));
    if (open.length) this.ask({ op: "subscribe", channels: open });
    if (this.token !== null) this.authorise();
    clearInterval(this.beat);
    this.beat = setInterval(() => this.ping(), PING_EVERY_MS);
    this.ping();
  }

  private authorise(): void {
    const first = !this.authorised;
    this.ask({ op: "auth", token: this.token }, (answer) => {
      if (!answer.ok || !first) return;
      this.authorised = true;
      const own = [...this.wanted.keys()].filter((name) => !name.includes(":") && name !== "status");
      if (own.length) this.ask({ op: "subscribe", channels: own });
    });
  }

  private ping(): void {
    if (performance.now() - this.facts.heardMs > SILENT_AFTER_MS) return this.socket?.close();
    this.pinged = performance.now();
    this.ask({ op: "ping" }, () => this.say({ latencyMs: performance.now() - this.pinged }));
    return undefined;
  }

  private ask(message: object, done?: (answer: Answer) => void): void {
    if (!this.isOpen()) return;
    this.number += 1;
    if (done) this.waiting.set(this.number, done);
    this.socket?.send(JSON.stringify({ id: this.number, ...message }));
  }

  private heard(text: string): void {
    // A field of its own: a change of it alone is no news for anybody.
    (this.facts as { heardMs: number }).heardMs = performance.now();
    const message = JSON.parse(text) as Told | Answer;
    if ("channel" in message) return this.told(message);
    if (message.id === null) return;
    this.waiting.get(message.id)?.(message);
    this.waiting.delete(message.id);
  }

  private closed(socket: WebSocket): void {
    if (socket !== this.socket) return;
    this.socket = null;
    this.authorised = false;
    this.waiting.clear();
    clearInterval(this.beat);
    this.lost();
    const base = BACKOFF_MS[Math.min(this.failures, BACKOFF_MS.length - 1)] ?? 8_000;
    this.failures += 1;
    this.say({ health: "waiting", latencyMs: null });
    // Chance keeps everybody from coming back in the same moment.
    this.again = setTimeout(() => this.open(), base * (0.75 + Math.random() / 2));
  }

  private say(facts: Partial<Facts>): void {
    this.facts = { ...this.facts, ...facts };
    this.changed(this.facts);
  }
}
