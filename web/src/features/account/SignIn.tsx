import { type FormEvent, useState } from "react";
import { Refused } from "@/packages/api/calls";
import { enter } from "@/packages/api/session";
import { show } from "@/packages/state/desk";
import { Dialog } from "@/packages/ui/dialog";
import { Field } from "@/packages/ui/field";
import { Tabs } from "@/packages/ui/tabs";
import { toast } from "@/packages/ui/toasts";
import { WalletLogin } from "./WalletLogin";

type How = "login" | "register";
const LEAST = 12;

/** Getting in: by e-mail and password, or by a wallet. */
export function SignIn() {
  const [how, setHow] = useState<How>("login");
  const [code, setCode] = useState<string | null>(null);
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const [trouble, setTrouble] = useState("");
  const [busy, setBusy] = useState(false);
  const isNew = how === "register";

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setTrouble("");
    try {
      await (isNew
        ? enter("register", { email, password })
        : enter("login", { email, password, ...(code ? { code } : {}) }));
      show(null);
      toast("good", isNew ? "Welcome to Outcry" : "Welcome back", email);
    } catch (error) {
      if (error instanceof Refused && error.body.code === "SECOND_FACTOR") setCode("");
      else setTrouble(error instanceof Error ? error.message : String(error));
    } finally {
      setBusy(false);
    }
  };

  return (
    <Dialog title={isNew ? "Open an account" : "Log in"} close={() => show(null)}>
      <Tabs
        label="Log in or register" chosen={how}
        choose={(next) => {
          setHow(next);
          setTrouble("");
          setCode(null);
        }}
        tabs={[{ key: "login", label: "Log in" }, { key: "register", label: "Register" }]}
      >
        <form className="stack" onSubmit={submit}>
          <Field
            label="E-mail" type="email" name="email" autoComplete="username" required autoFocus
            value={email} onChange={(event) => setEmail(event.target.value)}
          />
          <Field
            label="Password" type="password" name="password" required
            minLength={isNew ? LEAST : undefined}
            autoComplete={isNew ? "new-password" : "current-password"}
            hint={isNew ? `At least ${LEAST} characters` : ""}
            value={password} onChange={(event) => setPassword(event.target.value)}
          />
          {code !== null && (
            <Field
              label="Code of your authenticator" name="code" inputMode="numeric" autoFocus required
              autoComplete="one-time-code" value={code}
              hint="Six digits, or one of your recovery codes"
              onChange={(event) => setCode(event.target.value.trim())}
            />
          )}
          {trouble && <p className="trouble" role="alert">{trouble}</p>}
          <button type="submit" className="primary" disabled={busy}>
            {busy ? "One moment…" : isNew ? "Register" : "Log in"}
          </button>
        </form>
      </Tabs>
      <div className="or"><span>or</span></div>
      <WalletLogin />
    </Dialog>
  );
}
