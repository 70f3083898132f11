import { useState } from "react";
import { ActDialog } from "@/admin/parts/Act";
import { Amount } from "@/admin/parts/Amount";
import { Choice } from "@/admin/parts/Choice";
import { ask, SLOW_MS, useLive } from "@/admin/parts/live";
import { isAmount, opposite } from "@/admin/parts/words";
import { Field } from "@/packages/ui/field";

type Kind = "credit" | "adjust";

const WORDS: Record<Kind, readonly [string, string, string]> = {
  credit: ["New deposit", "A deposit", "came in from outside"],
  adjust: ["New adjustment", "An adjustment", "the venue's own loss account"],
};

/** Asks for a deposit or an adjustment, and shows both sides of it before it is asked. */
export function AskMoney({ kind }: { kind: Kind }) {
  const [open, setOpen] = useState(false);
  return (
    <>
      <button type="button" className="plain" onClick={() => setOpen(true)}>{WORDS[kind][0]}</button>
      {open && <Ask kind={kind} close={() => setOpen(false)} />}
    </>
  );
}

function Ask({ kind, close }: { kind: Kind; close: () => void }) {
  const assets = useLive("assets", {}, SLOW_MS).data?.assets ?? [];
  const [account, setAccount] = useState("");
  const [symbol, setSymbol] = useState("");
  const [amount, setAmount] = useState("");
  const [reference, setReference] = useState("");
  const asset = assets.find((one) => one.asset === symbol);
  const good = asset !== undefined && isAmount(amount, asset.decimals, kind === "adjust");
  const numbered = /^[1-9]\d{0,17}$/.test(account);
  const submit = async (reason: string) => {
    const body = { account: Number(account), asset: symbol, amount, reason };
    const asked = kind === "credit"
      ? await ask("staff_deposit", { body: { ...body, reference } })
      : await ask("staff_ask", { body: { ...body, act: "adjust" } });
    return `Request ${asked.request} waits for somebody else`;
  };
  return (
    <ActDialog
      title={WORDS[kind][1]} button="Ask for it" twoPeople close={close} act={submit}
      ready={good && numbered && (kind === "adjust" || reference !== "")}
      about={<p>{kind === "credit"
        ? "Money that has come in goes to an account. A reference is taken once."
        : "An account gets an amount, or gives it where it begins with a minus."}</p>}
    >
      <div className="form-grid">
        <Field
          label="Account" name="account" inputMode="numeric" required autoFocus value={account}
          onChange={(event) => setAccount(event.target.value.trim())}
        />
        <Choice
          label="Asset" name="asset" value={symbol} choose={setSymbol}
          options={[["", "Choose"], ...assets.map((one) => [one.asset, one.asset] as const)]}
        />
        <Field
          label={kind === "adjust" ? "Amount, a minus takes" : "Amount"} name="amount" required
          inputMode="decimal" value={amount} unit={symbol}
          trouble={amount && symbol && !good && `Other than 0, at most ${asset?.decimals} decimals`}
          onChange={(event) => setAmount(event.target.value.trim())}
        />
        {kind === "credit" && (
          <Field
            label="Reference" name="reference" required value={reference} maxLength={200}
            onChange={(event) => setReference(event.target.value)}
          />
        )}
      </div>
      {good && numbered && (
        <table className="table entry" aria-label="Both sides">
          <thead>
            <tr><th scope="col">Side</th><th scope="col" className="right">{symbol}</th></tr>
          </thead>
          <tbody>
            <tr>
              <td>Account {account}, available</td>
              <td className="right"><Amount text={amount} signed /></td>
            </tr>
            <tr>
              <td>{kind === "credit" ? `Outside: what ${WORDS.credit[2]}` : `Venue: ${WORDS.adjust[2]}`}</td>
              <td className="right"><Amount text={opposite(amount)} signed /></td>
            </tr>
            <tr className="sum"><td>Sum</td><td className="right">0</td></tr>
          </tbody>
        </table>
      )}
    </ActDialog>
  );
}
