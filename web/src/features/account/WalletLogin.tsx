import { useEffect, useState } from "react";
import { enter } from "@/packages/api/session";
import { show } from "@/packages/state/desk";
import { toast } from "@/packages/ui/toasts";
import { type Found, signIn, wallets } from "./wallet";

const STATEMENT = "Log in to Outcry. This costs nothing and moves nothing.";

/** Getting in with a wallet. */
export function WalletLogin() {
  const [found, setFound] = useState<readonly Found[] | null>(null);
  const [busy, setBusy] = useState(false);
  const [trouble, setTrouble] = useState("");
  useEffect(() => void wallets().then(setFound), []);
  const log = async ({ provider }: Found) => {
    setBusy(true);
    setTrouble("");
    try {
      await enter("wallet_login", await signIn(provider, STATEMENT));
      show(null);
      toast("good", "Welcome to Outcry", "Logged in with your wallet");
    } catch (error) {
      setTrouble(error instanceof Error ? (error.message.split("\n")[0] ?? "") : String(error));
    } finally {
      setBusy(false);
    }
  };
  if (found === null) return <p className="hint">Looking for a wallet…</p>;
  if (found.length === 0) return <p className="hint">No wallet is installed in this browser.</p>;
  return (
    <div className="stack">
      {found.map((wallet) => (
        <button
          key={wallet.name} type="button" className="plain big" disabled={busy}
          onClick={() => void log(wallet)}
        >
          {busy ? "Look at your wallet…" : `Log in with ${wallet.name}`}
        </button>
      ))}
      {trouble && <p className="trouble" role="alert">{trouble}</p>}
    </div>
  );
}
