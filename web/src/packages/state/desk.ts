import { create } from "zustand";
import { persist } from "zustand/middleware";

/** What somebody has set up for themselves; kept in this browser. Nothing here is secret. */
interface Preferences {
  readonly theme: "dark" | "light";
  readonly interval: string;
  readonly favourites: readonly string[];
  readonly swapColours: boolean;
  readonly market: string;
}

export const usePreferences = create<Preferences>()(
  persist<Preferences>(
    () => ({
      theme: "dark", interval: "1m", favourites: [], swapColours: false,
      market: "",
    }),
    { name: "outcry-preferences", version: 1 },
  ),
);

export type Pane = "chart" | "book" | "trade" | "orders" | "account";
export type DialogName =
  | "sign-in" | "account" | "faucet" | "palette" | "help" | "cancel-all" | "markets" | null;

/** What is on the screen now. */
interface Desk {
  readonly dialog: DialogName;
  readonly pane: Pane;
  /** What a click on the book wishes the form to say; `at` tells two equal wishes apart. */
  readonly wish: { side: "buy" | "sell"; price: string; quantity: string | null; at: number } | null;
}

export const useDesk = create<Desk>(() => ({ dialog: null, pane: "chart", wish: null }));

export const show = (dialog: DialogName) => useDesk.setState({ dialog });

let wishes = 0;
export function wish(side: "buy" | "sell", price: string, quantity: string | null): void {
  wishes += 1;
  useDesk.setState({ wish: { side, price, quantity, at: wishes } });
}
