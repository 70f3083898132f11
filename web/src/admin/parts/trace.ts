/** What was measured lately: (time in milliseconds, value), oldest first. */
export type Trace = readonly (readonly [number, number])[];

/** Returns a trace with another measurement; what is older than `keepMs` is forgotten. */
export function traced(trace: Trace, timeMs: number, value: number, keepMs: number): Trace {
  const last = trace.at(-1);
  if (last && timeMs <= last[0]) return trace;
  return [...trace.filter(([time]) => time > timeMs - keepMs), [timeMs, value]];
}

/**
 * Returns the line of a trace as the path of an SVG of this size; `untilMs` is its right edge.
 * The floor is 0, so that a small wobble is not drawn as a mountain.
 */
export function lineOf(
  trace: Trace,
  untilMs: number,
  spanMs: number,
  width: number,
  height: number,
): string {
  const top = Math.max(1, ...trace.map(([, value]) => value)) * 1.1;
  return trace.map(([time, value], at) => {
    const x = width - ((untilMs - time) / spanMs) * width;
    const y = height - (value / top) * height;
    return `${at ? "L" : "M"}${Math.round(x * 10) / 10} ${Math.round(y * 10) / 10}`;
  }).join("");
}
