import { CSPProvider } from "@base-ui/react/csp-provider";
import { Tooltip } from "@base-ui/react/tooltip";
import type { ReactNode } from "react";
import { Toasts } from "./toasts";

const TIP_AFTER_MS = 350;

/** What every page stands on. No component may add a style of its own: the policy forbids it. */
export function Ground({ children }: { children: ReactNode }) {
  return (
    <CSPProvider disableStyleElements>
      <Tooltip.Provider delay={TIP_AFTER_MS}>{children}</Tooltip.Provider>
      <Toasts />
    </CSPProvider>
  );
}
