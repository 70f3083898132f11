import { useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useRef, useState } from "react";
import { call } from "@/packages/api/calls";
import { useSession } from "@/packages/api/session";
import type { BeneficiaryOut, WithdrawalOut } from "@/packages/api/types";
import { useLive } from "@/packages/feed/live";
import { grouped, trim } from "@/packages/money/decimal";
import { useDesk } from "@/packages/state/desk";
import { Field } from "@/packages/ui/field";
import { Select } from "@/packages/ui/select";
import { dayAndClock } from "@/packages/ui/time";
import { toast, toastError } from "@/packages/ui/toasts";
import { useFresh } from "./fresh";

const LOOK_EVERY_MS = 5_000;
const NOTHING = /^0*(\.0*)?$/;
const KEY = ["withdrawals"];
const STATES: Record<WithdrawalOut["state"], readonly [string, string]> = {
  requested: ["waiting for approval", "warn"],
  approved: ["approved", "warn"],
  sent: ["sent", "good"],
  rejected: ["rejected, money returned", "bad"],
  cancelled: ["cancelled, money returned", ""],
  failed: ["could not be sent yet", "bad"],
};

/** Money that leaves: where to, and what has become of it. */
export function Withdrawals() {
  const held = useSession((session) => session.me?.withdrawals_held_until ?? null);
  return (
    <div className="sections">
      <section>
        <h3>Withdraw</h3>
        {held !== null && Date.parse(held) > Date.now() && (
          <p className="notice" role="status">
            How you log in has changed: nothing can be withdrawn until {dayAndClock(held)}.
          </p>
        )}
        <Leave />
      </section>
      <section><h3>Your withdrawals</h3><Past /></section>
    </div>
  );
}

function Leave() {
  const client = useQueryClient();
  const balances = useLive((live) => live.balances) ?? [];
  const book = useQuery({ queryKey: ["beneficiaries"], queryFn: () => call("beneficiaries") });
  const has = balances.filter((balance) => !NOTHING.test(balance.total));
  const [asset, setAsset] = useState(useDesk.getState().leaving ?? has[0]?.asset ?? "");
  const [amount, setAmount] = useState("");
  const [to, setTo] = useState({ address: "", memo: "" });
  const [attempt, asking] = useFresh();
  // The same withdrawal keeps its id, so that one that got no answer is not made twice.
  const id = useRef(newId());
  const available = balances.find((balance) => balance.asset === asset)?.available ?? "0";
  const known = book.data?.beneficiaries.filter((one) => one.asset === asset) ?? [];
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void attempt(async () => {
      const { address, memo } = to;
      await call("withdraw", {
        body: { asset, amount, address, client_withdrawal_id: id.current, ...(memo ? { memo } : {}) },
      });
      id.current = newId();
      toast("good", "Withdrawal requested", `${grouped(amount)} ${asset}`);
      setAmount("");
      await client.invalidateQueries({ queryKey: KEY });
    }, "Not withdrawn");
  };
  const take = (one: BeneficiaryOut | undefined) =>
    one && setTo({ address: one.address, memo: one.memo ?? "" });
  if (has.length === 0) return <p className="muted">You have nothing to withdraw.</p>;
  return (
    <>
      <form className="stack" onSubmit={submit}>
        <div className="row">
          <div className="field">
            <span className="field-label" aria-hidden="true">Asset</span>
            <Select
              label="Asset" value={asset} choose={setAsset}
              options={has.map((balance) => ({ value: balance.asset, label: balance.asset }))}
            />
          </div>
          <Field
            label="Amount" inputMode="decimal" required value={amount} name="amount"
            onChange={(event) => setAmount(event.target.value)}
          />
          <button type="button" className="plain" onClick={() => setAmount(trim(available))}>
            All {grouped(trim(available))}
          </button>
        </div>
        <div className="row">
          {known.length > 0 && (
            <div className="field">
              <span className="field-label" aria-hidden="true">From your addresses</span>
              <Select
                label="From your addresses" placeholder="choose" choose={(label) =>
                  take(known.find((one) => one.label === label))}
                value={known.find((one) => one.address === to.address)?.label ?? null}
                options={known.map((one) => ({ value: one.label, label: one.label }))}
              />
            </div>
          )}
          <Field
            label="To the address" required value={to.address} name="address"
            onChange={(event) => setTo({ ...to, address: event.target.value.trim() })}
          />
          <Field
            label="Memo, if it needs one" value={to.memo}
            onChange={(event) => setTo({ ...to, memo: event.target.value })}
          />
        </div>
        <div className="actions">
          <p className="muted">Two of the venue's people look at it before it is sent.</p>
          <span className="space" />
          <button type="submit" className="primary" disabled={asset === ""}>Withdraw</button>
        </div>
      </form>
      {asking}
    </>
  );
}

function Past() {
  const client = useQueryClient();
  const past = useQuery({
    queryKey: KEY, queryFn: () => call("withdrawals", { query: { limit: 50 } }),
    refetchInterval: LOOK_EVERY_MS,
  });
  const cancel = (withdrawal: number) => () => {
    call("cancel_withdrawal", { path: { withdrawal } })
      .then(() => toast("plain", "Withdrawal cancelled", "The money is back."))
      .catch(toastError("Not cancelled"))
      .finally(() => void client.invalidateQueries({ queryKey: KEY }));
  };
  const rows = past.data?.withdrawals ?? [];
  if (rows.length === 0) return <p className="muted">None yet.</p>;
  return (
    <div className="scroll" tabIndex={0} role="group" aria-label="Your withdrawals">
      <table className="table">
        <thead>
          <tr>
            <th>Time</th><th className="right">Amount</th><th>To</th><th>State</th>
            <th><span className="hidden">Cancel</span></th>
          </tr>
        </thead>
        <tbody>
          {rows.map((one) => (
            <tr key={one.withdrawal} data-withdrawal={one.withdrawal}>
              <td className="muted">{dayAndClock(one.created_at)}</td>
              <td className="right">{grouped(trim(one.amount))} {one.asset}</td>
              <td><code className="cut" title={one.address}>{one.address}</code></td>
              <td>
                <span className={`badge ${STATES[one.state][1]}`}>{STATES[one.state][0]}</span>
                {(one.reason ?? one.reference) && <span className="under">{one.reason ?? one.reference}</span>}
              </td>
              <td className="right">
                {one.state === "requested" && (
                  <button
                    type="button" className="plain small" onClick={cancel(one.withdrawal)}
                    aria-label={`Cancel withdrawal ${one.withdrawal}`}
                  >
                    Cancel
                  </button>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

const newId = () => `web-${crypto.getRandomValues(new Uint32Array(3)).join("-")}`;
