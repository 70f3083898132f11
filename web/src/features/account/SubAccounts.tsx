import { useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { call } from "@/packages/api/calls";
import { Field } from "@/packages/ui/field";
import { dayAndClock } from "@/packages/ui/time";
import { toastError } from "@/packages/ui/toasts";

/** Accounts of one's own with balances and orders apart; programs trade for them by keys. */
export function SubAccounts() {
  const client = useQueryClient();
  const known = useQuery({ queryKey: ["sub-accounts"], queryFn: () => call("sub_accounts") });
  const [label, setLabel] = useState("");
  const submit = (event: FormEvent) => {
    event.preventDefault();
    call("new_sub_account", { body: { label } })
      .then(() => {
        setLabel("");
        return client.invalidateQueries({ queryKey: ["sub-accounts"] });
      })
      .catch(toastError("No sub-account was opened"));
  };
  const rows = known.data?.sub_accounts ?? [];
  return (
    <div className="sections">
      <section>
        <h3>Open a sub-account</h3>
        <form className="row" onSubmit={submit}>
          <Field label="Label" value={label} onChange={(event) => setLabel(event.target.value)} />
          <button type="submit" className="primary">Open it</button>
        </form>
      </section>
      <section>
        <h3>Your sub-accounts</h3>
        {rows.length === 0 ? <p className="muted">None yet.</p> : (
          <table className="table">
            <thead><tr><th>No.</th><th>Label</th><th>Since</th></tr></thead>
            <tbody>
              {rows.map((one) => (
                <tr key={one.account}>
                  <td>{one.account}</td><td>{one.label || "–"}</td>
                  <td className="muted">{dayAndClock(one.created_at)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
      </section>
    </div>
  );
}
