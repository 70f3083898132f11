import { create } from "zustand";

interface Toast {
  readonly id: number;
  readonly kind: "good" | "bad" | "plain";
  readonly title: string;
  readonly text: string;
}

const SHOWN_MS = 5_000;
const AT_ONCE = 4;
const useToasts = create<{ toasts: readonly Toast[] }>(() => ({ toasts: [] }));
let number = 0;

export function toast(kind: Toast["kind"], title: string, text = ""): void {
  number += 1;
  const id = number;
  useToasts.setState(({ toasts }) => ({
    toasts: [...toasts.slice(1 - AT_ONCE), { id, kind, title, text }],
  }));
  setTimeout(() => {
    useToasts.setState(({ toasts }) => ({ toasts: toasts.filter((one) => one.id !== id) }));
  }, SHOWN_MS);
}

export const toastError = (title: string) => (error: unknown) =>
  toast("bad", title, error instanceof Error ? error.message : String(error));

export function Toasts() {
  const toasts = useToasts((state) => state.toasts);
  return (
    <div className="toasts" role="status" aria-live="polite">
      {toasts.map((one) => (
        <div key={one.id} className={`toast ${one.kind}`}>
          <strong>{one.title}</strong>
          {one.text && <span>{one.text}</span>}
        </div>
      ))}
    </div>
  );
}
