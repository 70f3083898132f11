import { MarketBar } from "@/features/markets/MarketBar";
import { useSession } from "@/packages/api/session";
import { show, usePreferences } from "@/packages/state/desk";
import { Icon, Mark } from "@/packages/ui/icons";
import { turnTheme } from "@/packages/ui/theme";
import { PreferencesMenu } from "./PreferencesMenu";

/** The head of the screen. */
export function Bar() {
  const { state, me, userId } = useSession();
  const theme = usePreferences((preferences) => preferences.theme);
  return (
    <header className="bar">
      <a className="brand" href="/" aria-label="Outcry"><Mark /><span>Outcry</span></a>
      <MarketBar />
      <div className="bar-tools">
        <button
          type="button" className="plain search-button" onClick={() => show("palette")}
          aria-label="Search and commands, Ctrl K"
        >
          <Icon name="search" /><kbd>Ctrl K</kbd>
        </button>
        <button
          type="button" className="plain square theme-button" onClick={turnTheme}
          aria-label={theme === "dark" ? "Light theme" : "Dark theme"}
        >
          <Icon name={theme === "dark" ? "sun" : "moon"} />
        </button>
        <PreferencesMenu />
        {state === "in" && (
          <button
            type="button" className="plain who-button" onClick={() => show("account")}
            aria-label={`Account ${me?.email || userId}`}
          >
            <Icon name="user" /><span>{me?.email || userId}</span>
          </button>
        )}
        {state === "out" && (
          <button type="button" className="primary small" onClick={() => show("sign-in")}>
            Log in
          </button>
        )}
      </div>
    </header>
  );
}
