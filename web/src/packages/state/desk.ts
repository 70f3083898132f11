import { create } from "zustand";
import { persist } from "zustand/middleware";

/** What somebody has set up for themselves; kept in this browser. Nothing here is secret. */
interface Preferences {
  readonly theme: "dark" | "light";
  /** Of a candle; null while nobody has chosen one. */
  readonly interval: string | null;
  readonly favourites: readonly string[];
  readonly swapColours: boolean;
  /** Ask before an order is sent or moved. */
  readonly confirm: boolean;
  /** A click on a price of the book sends an order at it. */
  readonly clickTrade: boolean;
  readonly sound: boolean;
  readonly notify: boolean;
  readonly market: string;
  /** Sizes of the panels, in pixels, where somebody has moved their edges. */
  readonly panels: Panels;
}

/** Width of the form, width of the book, height of what is at the foot. */
export type Panels = Partial<Record<"form" | "book" | "foot", number>>;

export const usePreferences = create<Preferences>()(
  persist<Preferences>(
    () => ({
      theme: "dark", interval: null, favourites: [], swapColours: false,
      confirm: false, clickTrade: false, sound: false, notify: false, market: "", panels: {},
    }),
    { name: "outcry-preferences", version: 1 },
  ),
);

export type Pane = "chart" | "book" | "trade" | "orders" | "account";
export type DialogName =
  | "sign-in" | "account" | "faucet" | "palette" | "help" | "cancel-all" | "markets" | "withdraw"
  | null;

/** What is on the screen now. */
interface Desk {
  readonly dialog: DialogName;
  readonly pane: Pane;
  /** What a click on the book wishes the form to say; `at` tells two equal wishes apart. */
  readonly wish: Wish | null;
  /** Of which asset a withdrawal is begun. */
  readonly leaving: string | null;
}

interface Wish {
  readonly side: "buy" | "sell";
  readonly price: string;
  readonly quantity: string | null;
  /** Whether it is to be sent, with the amount that stands in the form. */
  readonly send: boolean;
  readonly at: number;
}

export const useDesk = create<Desk>(() => ({ dialog: null, pane: "chart", wish: null, leaving: null }));

export const show = (dialog: DialogName) => useDesk.setState({ dialog });

/** Begins a withdrawal of an asset. */
export const withdraw = (asset: string) =>
  useDesk.setState({ dialog: "withdraw", leaving: asset });

let wishes = 0;
export function wish(part: Omit<Wish, "at">): void {
  wishes += 1;
  useDesk.setState({ wish: { ...part, at: wishes } });
}
