import { leave, useSession } from "@/packages/api/session";
import { show, useDesk, usePreferences } from "@/packages/state/desk";
import { toastError } from "@/packages/ui/toasts";
import { turnTheme } from "@/packages/ui/theme";

export interface Command {
  readonly name: string;
  readonly keys?: string;
  readonly run: () => void;
}

/** Tells the order form something, and puts the cursor into it. */
const draft = (detail: object) => () => {
  useDesk.setState({ pane: "trade" });
  // A pane that was hidden can take the cursor only once it is there.
  requestAnimationFrame(() => dispatchEvent(new CustomEvent("outcry:draft", { detail })));
};

type Turned = "swapColours" | "confirm" | "clickTrade" | "sound";
export const turn = (name: Turned) => () =>
  usePreferences.setState((was) => ({ [name]: !was[name] }));

/** Everything that can be done by a key or by the palette. */
export const COMMANDS: readonly Command[] = [
  { name: "Buy", keys: "b", run: draft({ side: "buy" }) },
  { name: "Sell", keys: "s", run: draft({ side: "sell" }) },
  { name: "Limit order", keys: "l", run: draft({ kind: "limit" }) },
  { name: "Market order", keys: "m", run: draft({ kind: "market" }) },
  { name: "Cancel all orders", keys: "x", run: () => show("cancel-all") },
  { name: "Choose a market", keys: "/", run: () => show("markets") },
  { name: "Turn the theme", keys: "t", run: turnTheme },
  { name: "Swap the colours of up and down", run: turn("swapColours") },
  { name: "Ask before sending an order", run: turn("confirm") },
  { name: "Click the book to trade", run: turn("clickTrade") },
  { name: "Get play money", run: () => show("faucet") },
  { name: "Account", run: () => show(useSession.getState().state === "in" ? "account" : "sign-in") },
  { name: "Log out", run: () => void leave().catch(toastError("Not logged out")) },
  { name: "Shortcuts", keys: "?", run: () => show("help") },
];
