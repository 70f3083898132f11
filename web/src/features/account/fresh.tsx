import { type FormEvent, useState } from "react";
import { call, Refused } from "@/packages/api/calls";
import { Field } from "@/packages/ui/field";
import { toastError } from "@/packages/ui/toasts";

/**
 * Some acts take a fresh code of the second factor. Returns how to try an act, and what to show
 * while a code is wanted: once it is given, the act is tried again.
 */
export function useFresh() {
  const [waiting, setWaiting] = useState<(() => Promise<void>) | null>(null);
  const attempt = async (act: () => Promise<void>, title: string) => {
    try {
      await act();
      setWaiting(null);
    } catch (error) {
      if (error instanceof Refused && error.body.code === "SECOND_FACTOR") {
        setWaiting(() => () => attempt(act, title));
      } else toastError(title)(error);
    }
  };
  const asking = waiting && <AskCode then={waiting} />;
  return [attempt, asking] as const;
}

function AskCode({ then }: { then: () => Promise<void> }) {
  const [code, setCode] = useState("");
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    try {
      await call("give_code", { body: { code } });
    } catch (error) {
      if (error instanceof Refused && error.body.code === "NO_FACTOR") {
        toastError("A second factor is needed")(
          new Error("Set one up under Security first; this act takes a code of it."));
      } else toastError("Not this code")(error);
      return;
    }
    await then();
  };
  return (
    <form className="row notice" onSubmit={submit}>
      <Field
        label="A code of your authenticator, to go on" inputMode="numeric" required autoFocus
        autoComplete="one-time-code" value={code}
        onChange={(event) => setCode(event.target.value.trim())}
      />
      <button type="submit" className="primary">Go on</button>
    </form>
  );
}
