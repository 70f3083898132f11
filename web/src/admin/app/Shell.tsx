import { type ReactNode, useEffect, useState } from "react";
import { useLive, useMe, usePulse } from "@/admin/parts/live";
import { Tag } from "@/admin/parts/Panel";
import { link, pathOf, usePlace } from "@/admin/parts/route";
import { spanText } from "@/admin/parts/words";
import { leave } from "@/packages/api/session";
import type { OverviewOut } from "@/packages/api/types";
import { usePreferences } from "@/packages/state/desk";
import { Icon, Mark } from "@/packages/ui/icons";
import { turnTheme } from "@/packages/ui/theme";
import { clock } from "@/packages/ui/time";
import { toastError } from "@/packages/ui/toasts";
import { type Page, pagesOf } from "./pages";

/** Navigation, head and what is true of the connection, around a page. */
export function Shell({ children }: { children: ReactNode }) {
  const overview = useLive("staff_overview");
  return (
    <div className="shell">
      <a className="skip" href="#main">To the content</a>
      <Navigation overview={overview.data} />
      <div className="stage">
        <Top overview={overview.data} />
        <Away />
        <main id="main" className="page" tabIndex={0} aria-label="Page">{children}</main>
      </div>
    </div>
  );
}

function Navigation({ overview }: { overview: OverviewOut | undefined }) {
  const me = useMe();
  const { part } = usePlace();
  const pages = pagesOf(me.roles);
  const groups = [...new Set(pages.map((page) => page.group))];
  const waiting: Record<string, number | undefined> = {
    requests: overview?.waiting_requests, withdrawals: overview?.waiting_withdrawals,
  };
  return (
    <nav className="side-nav" aria-label="Pages">
      <a className="brand" {...link(pathOf("overview"))} aria-label="Outcry console">
        <Mark /><span>Outcry <small>console</small></span>
      </a>
      {groups.map((group) => (
        <div key={group} className="nav-group">
          <h2>{group}</h2>
          <ul>
            {pages.filter((page) => page.group === group).map((page) => (
              <NavItem key={page.part} page={page} here={page.part === part} waiting={waiting[page.part]} />
            ))}
          </ul>
        </div>
      ))}
    </nav>
  );
}

function NavItem({ page, here, waiting = 0 }: {
  page: Page;
  here: boolean;
  waiting: number | undefined;
}) {
  return (
    <li>
      <a {...link(pathOf(page.part))} aria-current={here ? "page" : undefined}>
        <span>{page.name}</span>
        {waiting > 0 && <em className="count">{waiting}<span className="hidden"> waiting</span></em>}
      </a>
    </li>
  );
}

function Top({ overview }: { overview: OverviewOut | undefined }) {
  const me = useMe();
  const theme = usePreferences((preferences) => preferences.theme);
  return (
    <header className="top">
      <Truth />
      {overview && <Tag word={overview.mode} />}
      <span className="space" />
      <a href="/" className="muted">Trader</a>
      <button
        type="button" className="plain square" onClick={turnTheme}
        aria-label={theme === "dark" ? "Light theme" : "Dark theme"}
      >
        <Icon name={theme === "dark" ? "sun" : "moon"} />
      </button>
      <span className="me"><span>{me.email}</span><small>{me.roles.join(", ")}</small></span>
      <button
        type="button" className="plain small"
        onClick={() => void leave().catch(toastError("Not logged out"))}
      >
        Log out
      </button>
    </header>
  );
}

/** Returns the time, every second, while the page is looked at. */
function useNow(): number {
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    const timer = setInterval(() => document.hidden || setNow(Date.now()), 1_000);
    return () => clearInterval(timer);
  }, []);
  return now;
}

const LATE_MS = 6_000;

/** How old is what is on the screen. */
function Truth() {
  const { heardMs, silentSinceMs } = usePulse();
  const age = useNow() - heardMs;
  const state = silentSinceMs !== null ? "bad" : age > LATE_MS ? "warn" : "good";
  const words = { good: "Live", warn: `${spanText(age / 1_000)} old`, bad: "Venue away" }[state];
  return (
    <span className="truth" data-testid="truth" data-state={state}>
      <span className={`dot ${state}`} />{heardMs ? words : "Connecting…"}
    </span>
  );
}

function Away() {
  const { heardMs, silentSinceMs } = usePulse();
  const now = useNow();
  if (silentSinceMs === null) return null;
  return (
    <div className="banner bad" role="alert">
      The venue does not answer since {spanText((now - silentSinceMs) / 1_000)}.
      {heardMs > 0 && ` What is shown is as of ${clock(new Date(heardMs).toISOString())}.`} It is
      asked again all the time.
    </div>
  );
}
