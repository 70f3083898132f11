import { type InputHTMLAttributes, type ReactNode, useId } from "react";

interface Props extends InputHTMLAttributes<HTMLInputElement> {
  readonly label: string;
  readonly unit?: ReactNode;
  readonly trouble?: ReactNode;
  readonly hint?: string;
}

/** A labelled input with its unit, and what is wrong with it underneath. */
export function Field({ label, unit, trouble, hint, className = "", ...input }: Props) {
  const id = useId();
  const told = Boolean(trouble || hint);
  return (
    <div className={`field ${className} ${trouble ? "wrong" : ""}`}>
      <label htmlFor={id}>{label}</label>
      <input
        id={id} autoComplete="off" spellCheck={false} aria-invalid={Boolean(trouble)}
        aria-describedby={told ? `${id}-told` : undefined} {...input}
      />
      {unit && <span className="unit">{unit}</span>}
      {told && (
        <div id={`${id}-told`} className={trouble ? "trouble" : "hint"}>
          {trouble || hint}
        </div>
      )}
    </div>
  );
}
