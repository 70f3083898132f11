import { usePreferences } from "@/packages/state/desk";

/** Puts theme and colours of the preferences on the page, now and whenever they change. */
export function beginTheme(): void {
  const dress = ({ theme, swapColours } = usePreferences.getState()) => {
    document.documentElement.dataset["theme"] = theme;
    document.documentElement.dataset["swap"] = String(swapColours);
  };
  dress();
  usePreferences.subscribe(dress);
}

export function turnTheme(): void {
  const { theme } = usePreferences.getState();
  usePreferences.setState({ theme: theme === "dark" ? "light" : "dark" });
}

/** Returns a colour of the page as it is now, for what is drawn on a canvas. */
export function colour(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}
