import type { ComponentType } from "react";
import { Risk } from "@/admin/control/Risk";
import { TrailPage } from "@/admin/control/Trail";
import { Deposits } from "@/admin/money/Deposits";
import { Ledger } from "@/admin/money/Ledger";
import { RequestsPage } from "@/admin/money/Requests";
import { Settlement } from "@/admin/money/Settlement";
import { Withdrawals } from "@/admin/money/Withdrawals";
import { type Act, may } from "@/admin/parts/roles";
import { People } from "@/admin/people/People";
import { Bots } from "@/admin/trading/Bots";
import { Markets } from "@/admin/trading/Markets";
import { Orders } from "@/admin/trading/Orders";
import { Health } from "@/admin/venue/Health";
import { Overview } from "@/admin/venue/Overview";
import { Snapshots } from "@/admin/venue/Snapshots";

export interface Page {
  readonly part: string;
  readonly name: string;
  readonly group: "Venue" | "Trading" | "People and money" | "Control";
  readonly takes: Act;
  readonly View: ComponentType<{ which: string | null }>;
}

/** All pages, in the order of the navigation. */
export const PAGES: readonly Page[] = [
  { part: "overview", name: "Overview", group: "Venue", takes: "look", View: Overview },
  { part: "health", name: "Health", group: "Venue", takes: "look", View: Health },
  { part: "snapshots", name: "Snapshots", group: "Venue", takes: "look", View: Snapshots },
  { part: "markets", name: "Markets", group: "Trading", takes: "look", View: Markets },
  { part: "orders", name: "Orders", group: "Trading", takes: "look at orders", View: Orders },
  { part: "bots", name: "Bots", group: "Trading", takes: "look", View: Bots },
  { part: "people", name: "People", group: "People and money", takes: "look", View: People },
  {
    part: "withdrawals", name: "Withdrawals", group: "People and money", takes: "look",
    View: Withdrawals,
  },
  {
    part: "deposits", name: "Deposits and adjustments", group: "People and money", takes: "look",
    View: Deposits,
  },
  { part: "ledger", name: "Ledger", group: "People and money", takes: "look", View: Ledger },
  {
    part: "settlement", name: "Settlement", group: "People and money", takes: "look",
    View: Settlement,
  },
  { part: "requests", name: "Requests", group: "Control", takes: "look", View: RequestsPage },
  { part: "risk", name: "Risk and limits", group: "Control", takes: "look at risk", View: Risk },
  { part: "trail", name: "Audit log", group: "Control", takes: "look at the trail", View: TrailPage },
];

/** Returns what somebody with these roles may look at. */
export const pagesOf = (roles: readonly string[]): readonly Page[] =>
  PAGES.filter((page) => may(roles, page.takes));
