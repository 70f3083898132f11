import { type RefObject, useEffect, useRef, useState } from "react";

/** Returns a function that draws soon: at most once a frame, however often it is called. */
export function useFrames(draw: () => void): () => void {
  const latest = useRef(draw);
  latest.current = draw;
  const asked = useRef(0);
  const ask = useRef(() => {
    if (asked.current) return;
    asked.current = requestAnimationFrame(() => {
      asked.current = 0;
      latest.current();
    });
  });
  useEffect(() => () => cancelAnimationFrame(asked.current), []);
  return ask.current;
}

/** Returns how many rows of a height fit into an element. */
export function useRows(box: RefObject<HTMLElement | null>, height: number, share = 1): number {
  const [rows, setRows] = useState(0);
  useEffect(() => {
    const element = box.current;
    if (!element) return undefined;
    const watch = new ResizeObserver(() => {
      setRows(Math.max(0, Math.floor((element.clientHeight * share) / height)));
    });
    watch.observe(element);
    return () => watch.disconnect();
  }, [box, height, share]);
  return rows;
}

/** Sets a text unless it is there: writing to the page costs, comparing does not. */
export function put(element: HTMLElement, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

export function dress(element: HTMLElement, kind: string): void {
  if (element.className !== kind) element.className = kind;
}
