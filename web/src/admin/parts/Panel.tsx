import type { UseQueryResult } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { clock } from "@/packages/ui/time";

/** A part of a page with its title. */
export function Panel({ title, tools, children, className = "" }: {
  title: ReactNode;
  tools?: ReactNode;
  children: ReactNode;
  className?: string;
}) {
  return (
    <section className={`card ${className}`}>
      <header className="card-head"><h2>{title}</h2>{tools}</header>
      {children}
    </section>
  );
}

/**
 * What a call said, once it has said something; the trouble where it has not. What was said before
 * the venue stopped answering is shown with its hour, because it is no longer true for sure.
 */
export function Loaded<T>({ of, children }: {
  of: UseQueryResult<T>;
  children: (data: T) => ReactNode;
}) {
  if (of.data === undefined) {
    if (of.isError) return <p className="empty trouble" role="alert">{of.error.message}</p>;
    return <div className="waiting" role="status"><span className="hidden">Loading</span></div>;
  }
  return (
    <>
      {of.isError && (
        <p className="stale" role="status">
          As of {clock(new Date(of.dataUpdatedAt).toISOString())}: {of.error.message}
        </p>
      )}
      {children(of.data)}
    </>
  );
}

/** Names with what they are. */
export function Facts({ facts, wide = false }: {
  facts: readonly (readonly [ReactNode, ReactNode])[];
  wide?: boolean;
}) {
  return (
    <dl className={wide ? "facts-list wide" : "facts-list"}>
      {facts.map(([name, value], at) => (
        <div key={at}><dt>{name}</dt><dd>{value}</dd></div>
      ))}
    </dl>
  );
}

/** The head of a page: what it is about, and what can be done there. */
export function Head({ title, children, about }: {
  title: ReactNode;
  about?: ReactNode;
  children?: ReactNode;
}) {
  return (
    <header className="page-head">
      <div><h1>{title}</h1>{about && <p className="muted">{about}</p>}</div>
      {children && <div className="page-tools">{children}</div>}
    </header>
  );
}

const TONES: Record<string, "good" | "warn" | "bad"> = {
  ok: "good", normal: "good", trading: "good", active: "good", running: "good", done: "good",
  sent: "good", closed_circuit: "good", open: "good", filled: "good", sound: "good",
  degraded: "warn", starting: "warn", cancel_only: "warn", reduce_only: "warn", auction: "warn",
  pre_open: "warn", asked: "warn", requested: "warn", approved: "warn", half_open: "warn",
  read_only: "warn", partially_filled: "good",
  down: "bad", halted: "bad", frozen: "bad", failed: "bad", damaged: "bad", ended: "bad",
};

/** A word for how something is, with its colour; never the colour alone. */
export function Tag({ word, tone }: { word: string; tone?: "good" | "warn" | "bad" | "plain" }) {
  return <span className={`tag ${tone ?? TONES[word] ?? "plain"}`}>{word.replaceAll("_", " ")}</span>;
}
