import { Switch as Base } from "@base-ui/react/switch";

interface Props {
  readonly label: string;
  readonly on: boolean;
  readonly turn: (on: boolean) => void;
  readonly hint?: string;
  readonly disabled?: boolean;
}

/** Something that is on or off, at once. */
export function Switch({ label, on, turn, hint, disabled = false }: Props) {
  return (
    <label className="line">
      <span>{label}{hint && <span className="under">{hint}</span>}</span>
      <Base.Root
        className="switch" checked={on} onCheckedChange={turn} disabled={disabled} aria-label={label}
      >
        <Base.Thumb className="switch-thumb" />
      </Base.Root>
    </label>
  );
}
