import { useQuery } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { call } from "@/packages/api/calls";
import { show } from "@/packages/state/desk";
import { Dialog } from "@/packages/ui/dialog";
import { Field } from "@/packages/ui/field";
import { Select } from "@/packages/ui/select";
import { toast, toastError } from "@/packages/ui/toasts";

/** What a newcomer to a demo gets of each asset; of what is not here, a hundred. */
const STARTER: Record<string, string> = {
  BTC: "1", ETH: "10", USDT: "100000", INR: "1000000", TATA: "1000", JIO: "1000",
};

/** Play money, on a venue in development mode. */
export function Faucet() {
  const assets = useQuery({ queryKey: ["assets"], queryFn: () => call("assets") });
  const names = assets.data?.assets.map((asset) => asset.asset) ?? [];
  const [asset, setAsset] = useState("USDT");
  const [amount, setAmount] = useState("10000");
  const [busy, setBusy] = useState(false);
  const give = async (wanted: readonly (readonly [string, string])[]) => {
    setBusy(true);
    try {
      for (const [name, text] of wanted) {
        await call("faucet", { body: { asset: name, amount: text } });
      }
      toast("good", "Play money arrived", wanted.map((one) => `${one[1]} ${one[0]}`).join(", "));
      show(null);
    } catch (error) {
      toastError("No play money")(error);
    } finally {
      setBusy(false);
    }
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void give([[asset, amount]]);
  };
  return (
    <Dialog title="Play money" close={() => show(null)}>
      <p className="muted">This venue runs in development mode: money is free, and worth nothing.</p>
      <button
        type="button" className="primary big" disabled={busy || names.length === 0}
        onClick={() => void give(names.map((name) => [name, STARTER[name] ?? "100"] as const))}
      >
        Give me a bit of everything
      </button>
      <div className="or"><span>or</span></div>
      <form className="row" onSubmit={submit}>
        <div className="field">
          <span className="field-label" aria-hidden="true">Asset</span>
          <Select
            label="Asset" value={asset} choose={setAsset}
            options={names.map((name) => ({ value: name, label: name }))}
          />
        </div>
        <Field
          label="Amount" inputMode="decimal" value={amount} required
          onChange={(event) => setAmount(event.target.value)}
        />
        <button type="submit" className="plain" disabled={busy}>Get it</button>
      </form>
    </Dialog>
  );
}
