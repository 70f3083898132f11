import { Amount } from "./Amount";

const MOST = String(2n ** 62n - 1n);

/** Returns whether the venue says by a number that there is no limit. */
export function isNone(limit: string | number): boolean {
  if (typeof limit === "number") return !Number.isSafeInteger(limit);
  return limit.replace(".", "").replace(/^0+/, "") === MOST;
}

/** A limit of an account for itself; null is the market's. */
export function Limit({ of }: { of: string | number | null }) {
  if (of === null) return <span className="muted">–</span>;
  if (isNone(of)) return <>no limit</>;
  return <Amount text={String(of)} />;
}
