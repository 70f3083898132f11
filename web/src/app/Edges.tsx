import { type CSSProperties, type KeyboardEvent, type PointerEvent, useRef, useState } from "react";
import { type Panels, usePreferences } from "@/packages/state/desk";

interface Rule {
  readonly label: string;
  readonly usual: number;
  readonly least: number;
  readonly most: number;
}

const RULES = {
  book: { label: "Width of the book", usual: 290, least: 220, most: 520 },
  form: { label: "Width of the order form", usual: 320, least: 260, most: 520 },
  foot: { label: "Height of the orders", usual: 280, least: 120, most: 620 },
} as const satisfies Record<keyof Panels, Rule>;
type Name = keyof typeof RULES;
const STEP_PX = 16;

/** Returns the sizes that somebody has chosen, as the style sheet takes them. */
export function usePanelSizes(): CSSProperties {
  const panels = usePreferences((preferences) => preferences.panels);
  const sizes = Object.entries(panels).map(([name, px]) => [`--${name}`, `${px}px`]);
  return Object.fromEntries(sizes) as CSSProperties;
}

const resize = (name: Name, px: number | undefined) =>
  usePreferences.setState(({ panels }) => {
    const { least, most } = RULES[name];
    const { [name]: _, ...others } = panels;
    if (px === undefined) return { panels: others };
    return { panels: { ...others, [name]: Math.round(Math.min(most, Math.max(least, px))) } };
  });

/** The edges between panels: to be dragged, or moved by the arrow keys; a double click sets one back. */
export function Edges() {
  return (Object.keys(RULES) as Name[]).map((name) => <Edge key={name} name={name} />);
}

function Edge({ name }: { name: Name }) {
  const { label, usual, least, most } = RULES[name];
  const size = usePreferences((preferences) => preferences.panels[name]) ?? usual;
  const from = useRef({ at: 0, size });
  const [held, setHeld] = useState(false);
  const upright = name !== "foot";
  const place = (event: PointerEvent) => (upright ? event.clientX : event.clientY);
  const press = (event: PointerEvent<HTMLDivElement>) => {
    event.currentTarget.setPointerCapture(event.pointerId);
    from.current = { at: place(event), size };
    setHeld(true);
  };
  const move = (event: PointerEvent) => {
    if (held) resize(name, from.current.size + from.current.at - place(event));
  };
  const key = (event: KeyboardEvent) => {
    const way = { ArrowLeft: 1, ArrowUp: 1, ArrowRight: -1, ArrowDown: -1 }[event.key];
    if (way === undefined) return;
    event.preventDefault();
    resize(name, size + way * STEP_PX);
  };
  return (
    <div
      className={`edge ${name} ${upright ? "upright" : ""} ${held ? "held" : ""}`} role="separator"
      tabIndex={0} aria-label={label} aria-orientation={upright ? "vertical" : "horizontal"}
      aria-valuenow={size} aria-valuemin={least} aria-valuemax={most} onPointerDown={press}
      onPointerMove={move} onPointerUp={() => setHeld(false)} onPointerCancel={() => setHeld(false)}
      onKeyDown={key} onDoubleClick={() => resize(name, undefined)}
    />
  );
}
