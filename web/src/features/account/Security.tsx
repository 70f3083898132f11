import { useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { call } from "@/packages/api/calls";
import { look, useSession } from "@/packages/api/session";
import { Field } from "@/packages/ui/field";
import { dayAndClock } from "@/packages/ui/time";
import { toast, toastError } from "@/packages/ui/toasts";
import { QrCode } from "./QrCode";

/** Password, second factor, and where one is logged in. */
export function Security() {
  return (
    <div className="sections">
      <SecondFactor />
      <Password />
      <Sessions />
    </div>
  );
}

function SecondFactor() {
  const me = useSession((session) => session.me);
  const [password, setPassword] = useState("");
  const [code, setCode] = useState("");
  const [begun, setBegun] = useState<{ secret: string; uri: string } | null>(null);
  const [recovery, setRecovery] = useState<readonly string[]>([]);
  const has = me?.second_factor ?? false;
  const begin = async (event: FormEvent) => {
    event.preventDefault();
    try {
      if (has) {
        await call("remove_factor", { body: { password } });
        await look();
      } else setBegun(await call("new_factor", { body: { password } }));
      setPassword("");
    } catch (error) {
      toastError("Not done")(error);
    }
  };
  const confirm = async (event: FormEvent) => {
    event.preventDefault();
    try {
      setRecovery((await call("confirm_factor", { body: { code } })).recovery_codes);
      setBegun(null);
      setCode("");
      await look();
    } catch (error) {
      toastError("Not this code")(error);
    }
  };
  return (
    <section>
      <h3>Second factor <span className={`badge ${has ? "good" : ""}`}>{has ? "on" : "off"}</span></h3>
      {recovery.length > 0 && (
        <div className="notice">
          <p>Keep these recovery codes somewhere safe. They are shown this once, each is good once.</p>
          <ul className="codes">{recovery.map((one) => <li key={one}><code>{one}</code></li>)}</ul>
        </div>
      )}
      {begun ? (
        <form className="row top" onSubmit={confirm}>
          <QrCode text={begun.uri} />
          <div className="stack">
            <p className="muted">Scan this with your authenticator, or type the key in:</p>
            <code className="secret">{begun.secret}</code>
            <Field
              label="Code that it shows" inputMode="numeric" required value={code}
              autoComplete="one-time-code" onChange={(event) => setCode(event.target.value.trim())}
            />
            <button type="submit" className="primary">Turn it on</button>
          </div>
        </form>
      ) : (
        <form className="row" onSubmit={begin}>
          <Field
            label="Your password" type="password" required value={password}
            autoComplete="current-password" onChange={(event) => setPassword(event.target.value)}
          />
          <button type="submit" className={has ? "danger" : "primary"}>
            {has ? "Remove it" : "Set it up"}
          </button>
        </form>
      )}
    </section>
  );
}

function Password() {
  const [old, setOld] = useState("");
  const [fresh, setFresh] = useState("");
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    try {
      await call("change_password", { body: { password: old, new_password: fresh } });
      toast("good", "Password changed", "Your other sessions have ended.");
      setOld("");
      setFresh("");
    } catch (error) {
      toastError("Password not changed")(error);
    }
  };
  return (
    <section>
      <h3>Password</h3>
      <form className="row" onSubmit={submit}>
        <Field
          label="Password now" type="password" autoComplete="current-password" required value={old}
          onChange={(event) => setOld(event.target.value)}
        />
        <Field
          label="New password" type="password" autoComplete="new-password" minLength={12} required
          value={fresh} onChange={(event) => setFresh(event.target.value)}
        />
        <button type="submit" className="plain">Change it</button>
      </form>
    </section>
  );
}

function Sessions() {
  const client = useQueryClient();
  const sessions = useQuery({ queryKey: ["sessions"], queryFn: () => call("sessions") });
  const act = (done: Promise<unknown>) =>
    done.then(() => client.invalidateQueries({ queryKey: ["sessions"] }))
      .catch(toastError("Not ended"));
  const rows = sessions.data?.sessions ?? [];
  return (
    <section>
      <h3>Sessions</h3>
      <table className="table">
        <thead>
          <tr><th>Since</th><th>Address</th><th>Program</th><th><span className="hidden">End</span></th></tr>
        </thead>
        <tbody>
          {rows.map((one) => (
            <tr key={one.session}>
              <td>{dayAndClock(one.created_at)}</td>
              <td>{one.address}</td>
              <td className="cut" title={one.agent}>{one.agent}</td>
              <td className="right">
                {one.current ? <span className="badge good">this one</span> : (
                  <button
                    type="button" className="plain small"
                    onClick={() => void act(call("end_session", { path: { session: one.session } }))}
                  >
                    End
                  </button>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {rows.length > 1 && (
        <button type="button" className="plain small" onClick={() => void act(call("end_sessions"))}>
          End all others
        </button>
      )}
    </section>
  );
}
