import { useSession } from "@/packages/api/session";
import { type Pane, show, useDesk } from "@/packages/state/desk";
import { Icon } from "@/packages/ui/icons";

const PANES = [
  { key: "chart", label: "Chart", icon: "chart" },
  { key: "book", label: "Book", icon: "book" },
  { key: "trade", label: "Trade", icon: "swap" },
  { key: "orders", label: "Orders", icon: "list" },
  { key: "account", label: "Account", icon: "user" },
] as const satisfies readonly { key: Pane; label: string; icon: string }[];

/** On a small screen one part is shown at a time; these choose which. */
export function Panes() {
  const pane = useDesk((desk) => desk.pane);
  const state = useSession((session) => session.state);
  const choose = (key: Pane) => {
    if (key === "account") return show(state === "in" ? "account" : "sign-in");
    return useDesk.setState({ pane: key });
  };
  return (
    <nav className="panes" aria-label="Parts of the screen">
      {PANES.map(({ key, label, icon }) => (
        <button
          key={key} type="button" aria-current={pane === key ? "page" : undefined}
          onClick={() => choose(key)}
        >
          <Icon name={icon} /><span>{label}</span>
        </button>
      ))}
    </nav>
  );
}
