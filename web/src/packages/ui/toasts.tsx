import { Toast } from "@base-ui/react/toast";
import { Icon } from "./icons";

const SHOWN_MS = 5_000;
const AT_ONCE = 4;
const manager = Toast.createToastManager();

/** Says something for a while. What is bad is said at once to those who listen to the screen. */
export function toast(kind: "good" | "bad" | "plain", title: string, text = ""): void {
  manager.add({ type: kind, title, description: text, priority: kind === "bad" ? "high" : "low" });
}

export const toastError = (title: string) => (error: unknown) =>
  toast("bad", title, error instanceof Error ? error.message : String(error));

/** Where toasts are shown: they wait while they are pointed at, and can be pushed away. */
export function Toasts() {
  return (
    <Toast.Provider toastManager={manager} timeout={SHOWN_MS} limit={AT_ONCE}>
      <Toast.Portal>
        <Toast.Viewport className="toasts"><Shown /></Toast.Viewport>
      </Toast.Portal>
    </Toast.Provider>
  );
}

function Shown() {
  const { toasts } = Toast.useToastManager();
  return toasts.map((one) => (
    <Toast.Root key={one.id} toast={one} className={`toast ${one.type ?? ""}`} swipeDirection="right">
      <Toast.Content className="toast-body">
        <Toast.Title className="toast-title" render={<strong />} />
        <Toast.Description className="toast-text" render={<span />} />
      </Toast.Content>
      <Toast.Close className="plain square" aria-label="Close"><Icon name="close" /></Toast.Close>
    </Toast.Root>
  ));
}
