import { show, usePreferences } from "@/packages/state/desk";
import { Icon } from "@/packages/ui/icons";
import { type Choice, Menu } from "@/packages/ui/menu";
import { chime, turnNotices } from "@/packages/ui/news";
import { turnTheme } from "@/packages/ui/theme";
import { turn } from "./commands";

/** How the screen looks and behaves; kept in this browser. */
export function PreferencesMenu() {
  const now = usePreferences();
  const sound = () => {
    if (!now.sound) chime();
    turn("sound")();
  };
  const looks: Choice[] = [
    { name: "Light theme", keys: "t", on: now.theme === "light", run: turnTheme },
    { name: "Swap the colours of up and down", on: now.swapColours, run: turn("swapColours") },
  ];
  const orders: Choice[] = [
    { name: "Ask before sending", on: now.confirm, run: turn("confirm") },
    { name: "Click the book to trade", on: now.clickTrade, run: turn("clickTrade") },
  ];
  const told: Choice[] = [
    { name: "Sound when an order trades", on: now.sound, run: sound },
    { name: "Notify when an order trades", on: now.notify, run: () => void turnNotices() },
  ];
  const more: Choice[] = [
    { name: "Panels as they were", run: () => usePreferences.setState({ panels: {} }) },
    { name: "Shortcuts", keys: "?", run: () => show("help") },
  ];
  return (
    <Menu
      groups={[looks, orders, told, more]}
      button={(
        <button type="button" className="plain square" aria-label="Preferences">
          <Icon name="sliders" />
        </button>
      )}
    />
  );
}
