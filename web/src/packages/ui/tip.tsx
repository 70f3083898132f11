import { Tooltip } from "@base-ui/react/tooltip";
import type { ReactElement } from "react";

interface Props {
  readonly text: string;
  readonly children: ReactElement<Record<string, unknown>>;
}

/** Says more about something while it is pointed at or has the focus. */
export function Tip({ text, children }: Props) {
  return (
    <Tooltip.Root>
      <Tooltip.Trigger render={children} />
      <Tooltip.Portal>
        <Tooltip.Positioner className="floating" sideOffset={6}>
          <Tooltip.Popup className="tip">{text}</Tooltip.Popup>
        </Tooltip.Positioner>
      </Tooltip.Portal>
    </Tooltip.Root>
  );
}
