import { Menu as Base } from "@base-ui/react/menu";
import type { ReactElement } from "react";
import { Icon } from "./icons";

export interface Choice {
  readonly name: string;
  readonly run: () => void;
  readonly keys?: string;
  /** Of what can be turned on and off: which it is. The menu stays open. */
  readonly on?: boolean;
  readonly danger?: boolean;
}

interface Props {
  /** The button that opens it. */
  readonly button: ReactElement<Record<string, unknown>>;
  /** Groups, with a line between them. */
  readonly groups: readonly (readonly Choice[])[];
}

/** A menu of things to do, and of what can be turned on and off. */
export function Menu({ button, groups }: Props) {
  return (
    <Base.Root modal={false}>
      <Base.Trigger render={button} />
      <Base.Portal>
        <Base.Positioner className="floating" sideOffset={6} align="end">
          <Base.Popup className="popup menu">
            {groups.map((choices, at) => (
              <Base.Group key={at} className="popup-group">
                {choices.map((choice) => <Item key={choice.name} choice={choice} />)}
              </Base.Group>
            ))}
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  );
}

function Item({ choice: { name, run, keys, on, danger } }: { choice: Choice }) {
  const className = `popup-item ${danger ? "danger" : ""}`;
  if (on === undefined) {
    return (
      <Base.Item className={className} onClick={run}>
        <span>{name}</span>{keys && <kbd>{keys.toUpperCase()}</kbd>}
      </Base.Item>
    );
  }
  return (
    <Base.CheckboxItem className={className} checked={on} onCheckedChange={run}>
      <span>{name}</span>
      <Base.CheckboxItemIndicator><Icon name="check" /></Base.CheckboxItemIndicator>
    </Base.CheckboxItem>
  );
}
