import { capital, plain, ppmText } from "@/admin/parts/words";

type Details = Readonly<Record<string, unknown>>;

const nested = (value: unknown) => typeof value === "object" && value !== null && !Array.isArray(value);

function valueText(name: string, value: unknown): string {
  if (name.endsWith("_ppm") && typeof value === "number") return ppmText(value);
  if (!Array.isArray(value)) return String(value);
  const items = value.map((one) => (nested(one)
    ? Object.values(one as Details).map(String).join(" ") : plain(String(one))));
  return items.join(", ") || "none";
}

/** Returns what was asked, flat, as (name, value): what is said at once first, groups after it. */
export function detailsOf(details: Details, before = ""): [string, string][] {
  const known = Object.entries(details).filter(([, value]) => value !== null);
  const named = (name: string) => {
    const words = plain(name.replace(/_ppm$/, ""));
    return before ? `${before}, ${words}` : capital(words);
  };
  return [
    ...known.filter(([, value]) => !nested(value))
      .map(([name, value]): [string, string] => [named(name), valueText(name, value)]),
    ...known.filter(([, value]) => nested(value))
      .flatMap(([name, value]) => detailsOf(value as Details, named(name))),
  ];
}
