import { AlertDialog } from "@base-ui/react/alert-dialog";
import { Dialog as Usual } from "@base-ui/react/dialog";
import { type ReactNode, useEffect, useState } from "react";
import { Icon } from "./icons";

interface Props {
  readonly title: string;
  readonly close: () => void;
  readonly children: ReactNode;
  /** A `question` is not closed by a click beside it: it wants an answer. */
  readonly kind?: "usual" | "markets" | "wide" | "palette" | "question";
}

/** A modal dialog, open for as long as it is there; the focus stays inside and is given back. */
export function Dialog({ title, close, children, kind = "usual" }: Props) {
  useGivenBack();
  const Base = kind === "question" ? AlertDialog : Usual;
  return (
    <Base.Root open onOpenChange={(open) => open || close()}>
      <Base.Portal>
        <Base.Backdrop className="backdrop" />
        <Base.Popup className={`dialog ${kind}`}>
          <div className="dialog-body">
            <header className={kind === "palette" ? "hidden" : "dialog-head"}>
              <Base.Title>{title}</Base.Title>
              <Base.Close className="plain square" aria-label="Close"><Icon name="close" /></Base.Close>
            </header>
            {children}
          </div>
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  );
}

/** Gives the focus back to what had it; a dialog that is simply taken away would lose it. */
function useGivenBack(): void {
  const [before] = useState(() => document.activeElement);
  // What lies behind a dialog can take the focus only once the dialog is gone.
  useEffect(() => () => void setTimeout(() => {
    const lost = document.activeElement === null || document.activeElement === document.body;
    if (lost && before instanceof HTMLElement && before.isConnected) before.focus();
  }), [before]);
}
