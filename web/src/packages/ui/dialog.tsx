import { type ReactNode, useEffect, useId, useRef } from "react";
import { Icon } from "./icons";

interface Props {
  readonly title: string;
  readonly close: () => void;
  readonly children: ReactNode;
  readonly kind?: "usual" | "wide" | "palette";
}

/** A modal dialog: the browser's own, which keeps the focus inside and gives it back. */
export function Dialog({ title, close, children, kind = "usual" }: Props) {
  const dialog = useRef<HTMLDialogElement>(null);
  const heading = useId();
  useEffect(() => {
    const element = dialog.current;
    if (element && !element.open) element.showModal();
    return () => element?.close();
  }, []);
  return (
    <dialog
      ref={dialog} className={`dialog ${kind}`} aria-labelledby={heading}
      onCancel={(event) => {
        event.preventDefault();
        close();
      }}
      onMouseDown={(event) => event.target === dialog.current && close()}
    >
      <div className="dialog-body">
        <header className={kind === "palette" ? "hidden" : "dialog-head"}>
          <h2 id={heading}>{title}</h2>
          <button type="button" className="plain square" aria-label="Close" onClick={close}>
            <Icon name="close" />
          </button>
        </header>
        {children}
      </div>
    </dialog>
  );
}
