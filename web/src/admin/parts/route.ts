import { type MouseEvent, useSyncExternalStore } from "react";

/** Where one is: `/admin/PART/WHICH?query`. */
export interface Place {
  readonly part: string;
  readonly which: string | null;
}

const ROOT = "/admin";
const listeners = new Set<() => void>();

/** Returns the part of the console that a path names. */
export function placeOf(path: string): Place {
  const [part = "", which = ""] = path.slice(ROOT.length).split("/").filter(Boolean);
  return { part: part || "overview", which: which ? decodeURIComponent(which) : null };
}

export const pathOf = (part: string, which: string | number | null = null): string =>
  which === null ? `${ROOT}/${part}` : `${ROOT}/${part}/${encodeURIComponent(which)}`;

export function go(path: string): void {
  if (path === location.pathname) return;
  history.pushState(null, "", path);
  for (const listener of listeners) listener();
  document.getElementById("main")?.scrollTo(0, 0);
}

function listen(listener: () => void): () => void {
  listeners.add(listener);
  addEventListener("popstate", listener);
  return () => {
    listeners.delete(listener);
    removeEventListener("popstate", listener);
  };
}

export function usePlace(): Place {
  return placeOf(useSyncExternalStore(listen, () => location.pathname));
}

/** What makes an ordinary link stay within the page. */
export const link = (path: string) => ({
  href: path,
  onClick: (event: MouseEvent) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return;
    event.preventDefault();
    go(path);
  },
});
