import { type FormEvent, type ReactNode, useState } from "react";
import { Refused } from "@/packages/api/calls";
import { Dialog } from "@/packages/ui/dialog";
import { Field } from "@/packages/ui/field";
import { toast } from "@/packages/ui/toasts";
import { ask, useAgain } from "./live";

interface Props {
  readonly title: string;
  /** What will happen, in a sentence or two. */
  readonly about: ReactNode;
  /** What the button says. */
  readonly button: string;
  readonly danger?: boolean;
  /** Whether another person has to approve before anything happens. */
  readonly twoPeople?: boolean;
  readonly reason?: boolean;
  readonly ready?: boolean;
  readonly wide?: boolean;
  readonly children?: ReactNode;
  readonly close: () => void;
  /** Does it; returns what is said afterwards. */
  readonly act: (reason: string) => Promise<string>;
}

/**
 * Asks before something is done: says what it does, takes the reason that goes into the trail, and
 * a fresh code of the second factor where the venue wants one.
 */
export function ActDialog(props: Props) {
  const { title, about, button, close, children, reason: wantsReason = true } = props;
  const [reason, setReason] = useState("");
  const [code, setCode] = useState<string | null>(null);
  const [trouble, setTrouble] = useState("");
  const [busy, setBusy] = useState(false);
  const again = useAgain();

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setTrouble("");
    try {
      if (code) await ask("give_code", { body: { code } });
      const said = await props.act(reason.trim());
      void again();
      close();
      toast("good", title, said);
    } catch (error) {
      if (error instanceof Refused && error.body.code === "SECOND_FACTOR" && !code) setCode("");
      else {
        if (code) setCode("");
        setTrouble(error instanceof Error ? error.message : String(error));
      }
    } finally {
      setBusy(false);
    }
  };

  return (
    <Dialog title={title} close={close} kind={props.wide ? "wide" : "usual"}>
      <form className="stack act" onSubmit={submit}>
        <div className="about">{about}</div>
        {props.twoPeople && (
          <p className="four-eyes">
            <strong>Two people.</strong> Nothing happens until somebody else approves it under
            Requests.
          </p>
        )}
        {children}
        {wantsReason && (
          <Field
            label="Reason, for the audit log" name="reason" required maxLength={200} value={reason}
            autoFocus={!children} onChange={(event) => setReason(event.target.value)}
          />
        )}
        {code !== null && (
          <Field
            label="A code of your authenticator, to go on" name="code" inputMode="numeric" required
            autoFocus autoComplete="one-time-code" value={code}
            onChange={(event) => setCode(event.target.value.trim())}
          />
        )}
        {trouble && <p className="trouble" role="alert">{trouble}</p>}
        <div className="actions">
          <button type="button" className="plain" onClick={close}>Leave it</button>
          <button
            type="submit" className={props.danger ? "danger" : "primary"}
            disabled={busy || props.ready === false}
          >
            {busy ? "One moment…" : button}
          </button>
        </div>
      </form>
    </Dialog>
  );
}

/** A button and the dialog it opens. */
export function Act({ label, small = false, plain = true, ...dialog }: Omit<Props, "close"> & {
  label: ReactNode;
  small?: boolean;
  plain?: boolean;
}) {
  const [open, setOpen] = useState(false);
  const named = [plain ? "plain" : "primary", small && "small", dialog.danger && plain && "risky"];
  return (
    <>
      <button type="button" className={named.filter(Boolean).join(" ")} onClick={() => setOpen(true)}>
        {label}
      </button>
      {open && <ActDialog {...dialog} close={() => setOpen(false)} />}
    </>
  );
}
