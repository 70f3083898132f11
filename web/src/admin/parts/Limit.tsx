import { Amount } from "./Amount";

/** A limit of an account for itself; null is the market's. */
export function Limit({ of }: { of: string | number | null }) {
  if (of === null) return <span className="muted">–</span>;
  if (of === "unlimited") return <>no limit</>;
  return <Amount text={String(of)} />;
}
