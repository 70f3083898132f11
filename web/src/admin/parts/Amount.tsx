import { grouped } from "@/packages/money/decimal";

/** An amount in full; zeros at its end are paler, so that the eye finds the digits. */
export function Amount({ text, unit, signed = false }: {
  text: string | null;
  unit?: string;
  signed?: boolean;
}) {
  if (text === null) return <span className="muted">–</span>;
  const shown = grouped(text);
  const zeros = shown.includes(".") ? /\.?0*$/.exec(shown)?.[0] ?? "" : "";
  const digits = shown.slice(0, shown.length - zeros.length);
  const tone = !signed || !/[1-9]/.test(text) ? "" : text.startsWith("-") ? "down" : "up";
  return (
    <span className={`amount ${tone}`}>
      {signed && tone === "up" && "+"}{digits}<span className="zeros">{zeros}</span>
      {unit && <span className="muted"> {unit}</span>}
    </span>
  );
}
