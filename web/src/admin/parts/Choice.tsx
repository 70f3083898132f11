import { useId } from "react";

/** A labelled choice of a few words. */
export function Choice({ label, value, choose, options, name }: {
  label: string;
  value: string;
  choose: (value: string) => void;
  options: readonly (readonly [string, string])[];
  name?: string;
}) {
  const id = useId();
  return (
    <div className="field choice">
      <label htmlFor={id}>{label}</label>
      <select id={id} name={name} value={value} onChange={(event) => choose(event.target.value)}>
        {options.map(([key, text]) => <option key={key} value={key}>{text}</option>)}
      </select>
    </div>
  );
}

/** Chooses what a table shows; the chosen one is pressed. */
export function Filters<K extends string>({ label, value, choose, options }: {
  label: string;
  value: K;
  choose: (value: K) => void;
  options: readonly (readonly [K, string])[];
}) {
  return (
    <div className="filters" role="group" aria-label={label}>
      {options.map(([key, text]) => (
        <button key={key} type="button" aria-pressed={key === value} onClick={() => choose(key)}>
          {text}
        </button>
      ))}
    </div>
  );
}
