import { useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { call } from "@/packages/api/calls";
import { Field } from "@/packages/ui/field";
import { Select } from "@/packages/ui/select";
import { dayAndClock } from "@/packages/ui/time";
import { useFresh } from "./fresh";

const KEY = ["beneficiaries"];

/** The address book: where one's money may go, by name. */
export function Addresses() {
  const client = useQueryClient();
  const known = useQuery({ queryKey: KEY, queryFn: () => call("beneficiaries") });
  const assets = useQuery({ queryKey: ["assets"], queryFn: () => call("assets") });
  const names = assets.data?.assets.map((one) => one.asset) ?? [];
  const [label, setLabel] = useState("");
  const [asset, setAsset] = useState("BTC");
  const [address, setAddress] = useState("");
  const [memo, setMemo] = useState("");
  const [attempt, asking] = useFresh();
  const again = () => client.invalidateQueries({ queryKey: KEY });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void attempt(async () => {
      await call("new_beneficiary", { body: { label, asset, address, ...(memo ? { memo } : {}) } });
      [setLabel, setAddress, setMemo].forEach((set) => set(""));
      await again();
    }, "Not kept");
  };
  const remove = (beneficiary: number) => () =>
    void attempt(async () => {
      await call("remove_beneficiary", { path: { beneficiary } });
      await again();
    }, "Not removed");
  const rows = known.data?.beneficiaries ?? [];
  return (
    <div className="sections">
      <section>
        <h3>A new address</h3>
        <form className="stack" onSubmit={submit}>
          <div className="row">
            <Field
              label="Name" required maxLength={64} value={label}
              onChange={(event) => setLabel(event.target.value)}
            />
            <div className="field">
              <span className="field-label" aria-hidden="true">Asset</span>
              <Select
                label="Asset" value={asset} choose={setAsset}
                options={names.map((name) => ({ value: name, label: name }))}
              />
            </div>
          </div>
          <div className="row">
            <Field
              label="Address" required value={address}
              onChange={(event) => setAddress(event.target.value.trim())}
            />
            <Field
              label="Memo, if it needs one" value={memo}
              onChange={(event) => setMemo(event.target.value)}
            />
            <button type="submit" className="primary">Keep it</button>
          </div>
        </form>
        {asking}
      </section>
      <section>
        <h3>Your addresses</h3>
        {rows.length === 0 ? <p className="muted">None yet.</p> : (
          <table className="table">
            <thead>
              <tr>
                <th>Name</th><th>Asset</th><th>Address</th><th>Since</th>
                <th><span className="hidden">Remove</span></th>
              </tr>
            </thead>
            <tbody>
              {rows.map((one) => (
                <tr key={one.beneficiary}>
                  <td><strong>{one.label}</strong></td><td>{one.asset}</td>
                  <td>
                    <code className="cut" title={one.address}>{one.address}</code>
                    {one.memo && <span className="under">memo {one.memo}</span>}
                  </td>
                  <td className="muted">{dayAndClock(one.created_at)}</td>
                  <td className="right">
                    <button
                      type="button" className="plain small" onClick={remove(one.beneficiary)}
                      aria-label={`Remove ${one.label}`}
                    >
                      Remove
                    </button>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
      </section>
    </div>
  );
}
