import { useEffect, useState } from "react";
import { lineOf, type Trace, traced } from "./trace";

const WIDTH = 240;
const HEIGHT = 44;
const SPAN_MS = 120_000;
/** What was measured, by label: it outlives a look at another page. */
const traces = new Map<string, Trace>();

/** A small living chart of the last two minutes of a number. */
export function Spark({ value, atMs, label }: {
  value: number | null;
  atMs: number;
  label: string;
}) {
  const [trace, setTrace] = useState<Trace>(traces.get(label) ?? []);
  useEffect(() => {
    if (value === null || !(atMs > 0)) return;
    const next = traced(traces.get(label) ?? [], atMs, value, SPAN_MS);
    traces.set(label, next);
    setTrace(next);
  }, [value, atMs, label]);
  const line = lineOf(trace, atMs, SPAN_MS, WIDTH, HEIGHT);
  const first = trace[0];
  const from = first ? WIDTH - ((atMs - first[0]) / SPAN_MS) * WIDTH : WIDTH;
  return (
    <svg
      className="spark" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" role="img"
      aria-label={label}
    >
      {trace.length > 1 && (
        <>
          <path className="spark-fill" d={`${line}L${WIDTH} ${HEIGHT}L${from} ${HEIGHT}Z`} />
          <path className="spark-line" d={line} vectorEffect="non-scaling-stroke" />
        </>
      )}
    </svg>
  );
}
