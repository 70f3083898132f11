import type { TrailEntryOut } from "@/packages/api/types";

/** Returns the entries that say a text anywhere, and are by or about an account. */
export function chosen(
  entries: readonly TrailEntryOut[],
  text: string,
  who: string,
): readonly TrailEntryOut[] {
  const wanted = text.trim().toLowerCase();
  return entries.filter((one) => {
    if (who && String(one.actor) !== who && String(one.subject) !== who) return false;
    const said = `${one.act.replaceAll("_", " ")} ${one.act} ${one.address} ${JSON.stringify(one.details)}`;
    return said.toLowerCase().includes(wanted);
  });
}
