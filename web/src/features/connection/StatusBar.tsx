import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { call } from "@/packages/api/calls";
import { useLive } from "@/packages/feed/live";
import { show } from "@/packages/state/desk";

const LOOK_EVERY_MS = 1_000;

/** Says the truth about what is on the screen: how fresh it is, and whether it can be trusted. */
export function StatusBar() {
  const { health, latencyMs } = useLive((live) => live.facts);
  const synced = useLive((live) => live.synced);
  const mode = useLive((live) => live.mode);
  const age = useAge();
  const status = useQuery({
    queryKey: ["status"], queryFn: () => call("status"), refetchInterval: 30_000,
  });
  const [kind, words] = describe(health, synced);
  return (
    <footer className="status-bar">
      <span className={`dot ${kind}`} aria-hidden="true" />
      <span role="status" data-testid="connection" data-state={kind}>{words}</span>
      {health === "live" && latencyMs !== null && (
        <span className="muted" title="Round trip of the last ping">{latency(latencyMs)}</span>
      )}
      {health === "live" && (
        <span className="muted" title="Since the venue last said anything">last event {age}</span>
      )}
      {mode && mode !== "normal" && (
        <span className="badge warn">venue: {mode.replace("_", " ")}</span>
      )}
      <span className="space" />
      {status.data?.development && <span className="badge">development</span>}
      <button type="button" className="link small" onClick={() => show("help")}>Shortcuts</button>
      <a href="/docs">API</a>
      <span className="muted">
        {status.data ? `Outcry ${status.data.version} · ${status.data.core} core` : ""}
      </span>
    </footer>
  );
}

const latency = (ms: number) => (ms < 1 ? "< 1 ms" : `${Math.round(ms)} ms`);

function describe(health: string, synced: boolean): readonly [string, string] {
  if (health === "waiting") return ["bad", "Disconnected · trying again"];
  if (health === "connecting") return ["warn", "Connecting…"];
  return synced ? ["good", "Live"] : ["warn", "Book resyncing"];
}

function useAge(): string {
  const [age, setAge] = useState("");
  useEffect(() => {
    const look = () => {
      const ms = performance.now() - useLive.getState().facts.heardMs;
      setAge(ms < 1_000 ? "now" : `${Math.floor(ms / 1_000)} s ago`);
    };
    look();
    const timer = setInterval(look, LOOK_EVERY_MS);
    return () => clearInterval(timer);
  }, []);
  return age;
}

/** Stands above everything while nothing on the screen can be trusted. */
export function Banner() {
  const health = useLive((live) => live.facts.health);
  const mode = useLive((live) => live.mode);
  const [late, setLate] = useState(false);
  useEffect(() => {
    setLate(false);
    if (health === "live") return undefined;
    const timer = setTimeout(() => setLate(true), LOOK_EVERY_MS);
    return () => clearTimeout(timer);
  }, [health]);
  if (late) {
    return (
      <div className="banner bad" role="alert">
        The venue cannot be reached. Prices and orders on this page are old; it comes back by itself.
      </div>
    );
  }
  const words: Record<string, string> = {
    cancel_only: "Trading is paused: orders can only be cancelled.",
    read_only: "Trading is paused: nothing can be changed.",
    halted: "The venue is halted.",
  };
  const told = mode === null ? undefined : words[mode];
  return told ? <div className="banner warn" role="alert">{told}</div> : null;
}
