import type { MarketStateIn } from "@/packages/api/types";

export type State = MarketStateIn["state"];

export interface Move {
  readonly state: State;
  readonly label: string;
  readonly about: string;
  readonly danger: boolean;
}

const MOVES: readonly Move[] = [
  {
    state: "trading", label: "Open", danger: false,
    about: "Orders trade continuously. A call phase ends with its auction first.",
  },
  {
    state: "pre_open", label: "Pre-open", danger: false,
    about: "Orders are collected and nothing trades, until an auction.",
  },
  {
    state: "auction", label: "Auction", danger: false,
    about: "Orders are collected for one price; the market trades on afterwards.",
  },
  {
    state: "cancel_only", label: "Cancel only", danger: true,
    about: "New orders are refused; what rests stays, and may be cancelled.",
  },
  {
    state: "halted", label: "Halt", danger: true,
    about: "Nothing trades. What rests stays. An auction or closing ends it.",
  },
  { state: "closed", label: "Close", danger: true, about: "The market is shut; nothing is taken." },
];

/** Returns where a market may go from a state: a halted one first into an auction, or shut. */
export function movesFrom(state: string): readonly Move[] {
  if (state === "retired") return [];
  return MOVES.filter((move) => move.state !== state
    && (state !== "halted" || move.state === "auction" || move.state === "closed"));
}
