import { type FormEvent, useState } from "react";
import { Refused } from "@/packages/api/calls";
import { enter, leave, useSession } from "@/packages/api/session";
import { Field } from "@/packages/ui/field";
import { Mark } from "@/packages/ui/icons";

/** Getting in: password and second factor, which staff always has. */
export function Entrance() {
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const [code, setCode] = useState("");
  const [trouble, setTrouble] = useState("");
  const [busy, setBusy] = useState(false);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setTrouble("");
    try {
      await enter("login", { email, password, ...(code ? { code } : {}) });
    } catch (error) {
      const wanted = error instanceof Refused && error.body.code === "SECOND_FACTOR" && !code;
      setTrouble(wanted ? "A code of your authenticator is needed." : String((error as Error).message));
      setBusy(false);
    }
  };
  return (
    <main className="gate" id="main">
      <form className="card entrance stack" onSubmit={submit}>
        <div className="gate-head"><Mark /><h1>Outcry console</h1></div>
        <p className="muted">For staff of this venue. Every act is written into its audit log.</p>
        <Field
          label="E-mail" type="email" name="email" autoComplete="username" required autoFocus
          value={email} onChange={(event) => setEmail(event.target.value)}
        />
        <Field
          label="Password" type="password" name="password" autoComplete="current-password" required
          value={password} onChange={(event) => setPassword(event.target.value)}
        />
        <Field
          label="Code of your authenticator" name="code" inputMode="numeric"
          autoComplete="one-time-code" value={code} hint="Six digits, or a recovery code"
          onChange={(event) => setCode(event.target.value.trim())}
        />
        {trouble && <p className="trouble" role="alert">{trouble}</p>}
        <button type="submit" className="primary" disabled={busy}>
          {busy ? "One moment…" : "Log in"}
        </button>
        <a href="/">To the trader</a>
      </form>
    </main>
  );
}

/** Somebody who is logged in, but not one of the staff. */
export function NotStaff() {
  const me = useSession((session) => session.me);
  return (
    <main className="gate" id="main">
      <div className="card entrance stack">
        <div className="gate-head"><Mark /><h1>Outcry console</h1></div>
        <p>{me?.email || "This account"} has no role here. An admin gives roles.</p>
        <button type="button" className="primary" onClick={() => void leave()}>
          Log in as somebody else
        </button>
        <a href="/">To the trader</a>
      </div>
    </main>
  );
}
