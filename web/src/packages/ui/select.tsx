import { Select as Base } from "@base-ui/react/select";
import { Icon } from "./icons";

export interface Option<V extends string> {
  readonly value: V;
  readonly label: string;
}

interface Props<V extends string> {
  /** What is chosen here, for those who do not see it. */
  readonly label: string;
  readonly options: readonly Option<V>[];
  /** Null where none of them is chosen yet: then the placeholder stands there. */
  readonly value: V | null;
  readonly choose: (value: V) => void;
  readonly placeholder?: string;
  readonly className?: string;
  readonly disabled?: boolean;
}

/** One of several. */
export function Select<V extends string>(props: Props<V>) {
  const { label, options, value, choose, placeholder, className = "", disabled = false } = props;
  return (
    <Base.Root
      items={options} value={value} disabled={disabled} modal={false}
      onValueChange={(next) => next !== null && choose(next)}
    >
      <Base.Trigger className={`select ${className}`} aria-label={label}>
        <Base.Value placeholder={placeholder} />
        <Base.Icon className="select-icon"><Icon name="chevron" /></Base.Icon>
      </Base.Trigger>
      <Base.Portal>
        <Base.Positioner className="floating" sideOffset={4} align="end" alignItemWithTrigger={false}>
          <Base.Popup className="popup">
            <Base.List>
              {options.map((option) => (
                <Base.Item
                  key={option.value} value={option.value} label={option.label} className="popup-item"
                >
                  <Base.ItemText>{option.label}</Base.ItemText>
                  <Base.ItemIndicator><Icon name="check" /></Base.ItemIndicator>
                </Base.Item>
              ))}
            </Base.List>
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  );
}
