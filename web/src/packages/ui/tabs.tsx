import { Tabs as Base } from "@base-ui/react/tabs";
import type { ReactNode } from "react";

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

/** Tabs and the panel of the chosen one; arrows go from tab to tab, and choose it. */
export function Tabs<K extends string>(props: Props<K>) {
  const { tabs, chosen, choose, label, children, beside, className = "" } = props;
  return (
    <Base.Root className={`tabs ${className}`} value={chosen} onValueChange={(key) => choose(key as K)}>
      <div className="tab-row">
        <Base.List className="tab-list" aria-label={label} activateOnFocus>
          {tabs.map((tab) => (
            <Base.Tab key={tab.key} value={tab.key} className="tab">{tab.label}</Base.Tab>
          ))}
        </Base.List>
        {beside}
      </div>
      <Base.Panel value={chosen} className="tab-panel" tabIndex={-1}>{children}</Base.Panel>
    </Base.Root>
  );
}
