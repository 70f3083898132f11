import { type KeyboardEvent, type ReactNode, useId, useRef } from "react";

export interface Tab<K extends string> {
  readonly key: K;
  readonly label: ReactNode;
}

interface Props<K extends string> {
  readonly tabs: readonly Tab<K>[];
  readonly chosen: K;
  readonly choose: (key: K) => void;
  readonly label: string;
  readonly children?: ReactNode;
  readonly beside?: ReactNode;
  readonly className?: string;
}

/** Tabs and the panel of the chosen one; arrows go from tab to tab (WAI-ARIA, tabs pattern). */
export function Tabs<K extends string>(props: Props<K>) {
  const { tabs, chosen, choose, label, children, beside, className = "" } = props;
  const id = useId();
  const list = useRef<HTMLDivElement>(null);
  const step = (event: KeyboardEvent) => {
    const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (by === undefined) return;
    const at = tabs.findIndex((tab) => tab.key === chosen);
    const next = (at + by + tabs.length) % tabs.length;
    const tab = tabs[next];
    if (!tab) return;
    choose(tab.key);
    list.current?.querySelectorAll<HTMLElement>("[role=tab]")[next]?.focus();
    event.preventDefault();
  };
  return (
    <div className={`tabs ${className}`}>
      <div className="tab-row">
        <div ref={list} role="tablist" aria-label={label} onKeyDown={step}>
          {tabs.map((tab) => (
            <button
              key={tab.key} type="button" role="tab" id={`${id}-${tab.key}`}
              aria-selected={tab.key === chosen} aria-controls={`${id}-panel`}
              tabIndex={tab.key === chosen ? 0 : -1} onClick={() => choose(tab.key)}
            >
              {tab.label}
            </button>
          ))}
        </div>
        {beside}
      </div>
      <div
        role="tabpanel" id={`${id}-panel`} aria-labelledby={`${id}-${chosen}`} className="tab-panel"
        tabIndex={-1}
      >
        {children}
      </div>
    </div>
  );
}
