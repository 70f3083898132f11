import { show } from "@/packages/state/desk";
import { Dialog } from "@/packages/ui/dialog";
import { COMMANDS } from "./commands";

/** The keys that do something. */
export function Help() {
  return (
    <Dialog title="Shortcuts" close={() => show(null)}>
      <dl className="pairs keys">
        <div className="pair">
          <dt><kbd>Ctrl</kbd> <kbd>K</kbd></dt><dd>Search markets and commands</dd>
        </div>
        {COMMANDS.filter((command) => command.keys).map((command) => (
          <div key={command.name} className="pair">
            <dt><kbd>{command.keys?.toUpperCase()}</kbd></dt><dd>{command.name}</dd>
          </div>
        ))}
        <div className="pair">
          <dt><kbd>↑</kbd> <kbd>↓</kbd></dt><dd>In a price: a tick more or less, with Shift ten</dd>
        </div>
      </dl>
    </Dialog>
  );
}
