import { useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { call } from "@/packages/api/calls";
import type { KeyIn, NewKeyOut } from "@/packages/api/types";
import { Field } from "@/packages/ui/field";
import { dayAndClock } from "@/packages/ui/time";
import { toastError } from "@/packages/ui/toasts";
import { useFresh } from "./fresh";

const SCOPES = ["read", "trade", "withdraw"] as const;
type Scope = (typeof SCOPES)[number];

/** API keys: for programs. */
export function Keys() {
  const client = useQueryClient();
  const keys = useQuery({ queryKey: ["keys"], queryFn: () => call("keys") });
  const [label, setLabel] = useState("");
  const [networks, setNetworks] = useState("");
  const [scopes, setScopes] = useState<readonly Scope[]>(["read", "trade"]);
  const [made, setMade] = useState<NewKeyOut | null>(null);
  const [attempt, asking] = useFresh();
  const again = () => client.invalidateQueries({ queryKey: ["keys"] });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const body: KeyIn = {
      scopes: [...scopes], label, networks: networks.split(/[\s,]+/).filter(Boolean),
    };
    void attempt(async () => {
      setMade(await call("new_key", { body }));
      await again();
    }, "No key was made");
  };
  const turn = (scope: Scope) =>
    setScopes(scopes.includes(scope) ? scopes.filter((one) => one !== scope) : [...scopes, scope]);
  const rows = keys.data?.keys.filter((key) => key.revoked_at === null) ?? [];
  return (
    <div className="sections">
      <section>
        <h3>A new key</h3>
        <form className="stack" onSubmit={submit}>
          <div className="row">
            <Field label="Label" value={label} onChange={(event) => setLabel(event.target.value)} />
            <Field
              label="Only from these networks" placeholder="any" value={networks}
              onChange={(event) => setNetworks(event.target.value)}
            />
          </div>
          <div className="row">
            <fieldset className="checks">
              <legend className="hidden">What it may do</legend>
              {SCOPES.map((scope) => (
                <label key={scope} className="check">
                  <input type="checkbox" checked={scopes.includes(scope)} onChange={() => turn(scope)} />
                  {scope}
                </label>
              ))}
            </fieldset>
            <button type="submit" className="primary" disabled={scopes.length === 0}>Make it</button>
          </div>
        </form>
        {asking}
        {made && (
          <div className="notice">
            <p>The secret is shown this once.</p>
            <dl className="pairs">
              <dt>Key</dt><dd><code>{made.key}</code></dd>
              <dt>Secret</dt><dd><code>{made.secret}</code></dd>
            </dl>
          </div>
        )}
      </section>
      <section>
        <h3>Your keys</h3>
        {rows.length === 0 ? <p className="muted">None yet.</p> : (
          <table className="table">
            <thead>
              <tr>
                <th>Key</th><th>Label</th><th>May</th><th>Since</th>
                <th><span className="hidden">Revoke</span></th>
              </tr>
            </thead>
            <tbody>
              {rows.map((key) => (
                <tr key={key.key}>
                  <td><code className="cut">{key.key}</code></td>
                  <td>{key.label || "–"}</td>
                  <td>{key.scopes.join(", ")}</td>
                  <td className="muted">{dayAndClock(key.created_at)}</td>
                  <td className="right">
                    <button
                      type="button" className="plain small"
                      onClick={() => {
                        call("revoke_key", { path: { key: key.key } }).then(again)
                          .catch(toastError("Not revoked"));
                      }}
                    >
                      Revoke
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
