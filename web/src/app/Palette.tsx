import { type KeyboardEvent, useId, useState } from "react";
import { show } from "@/packages/state/desk";
import { choose, useMarkets } from "@/packages/state/markets";
import { Dialog } from "@/packages/ui/dialog";
import { COMMANDS, type Command } from "./commands";

/** Finds a market or a command by a few letters of its name. */
export function Palette() {
  const [text, setText] = useState("");
  const [at, setAt] = useState(0);
  const list = useId();
  const markets = useMarkets();
  const wanted = text.trim().toLowerCase();
  const all: Command[] = [
    ...markets.map((market) => ({
      name: `Go to ${market.name.replace("_", "/")}`, run: () => choose(market.name),
    })),
    ...COMMANDS,
  ];
  const found = all.filter((command) => command.name.toLowerCase().includes(wanted));
  const chosen = Math.min(at, found.length - 1);
  const run = (command: Command | undefined) => {
    if (!command) return;
    show(null);
    command.run();
  };
  const press = (event: KeyboardEvent) => {
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (by !== undefined && found.length) {
      event.preventDefault();
      setAt((chosen + by + found.length) % found.length);
    }
    if (event.key === "Enter") run(found[chosen]);
  };
  return (
    <Dialog title="Commands" kind="palette" close={() => show(null)}>
      <input
        className="search" role="combobox" aria-label="Search markets and commands" autoFocus
        placeholder="Search markets and commands" aria-expanded="true" aria-controls={list}
        aria-activedescendant={found.length ? `${list}-${chosen}` : undefined} value={text}
        onKeyDown={press}
        onChange={(event) => {
          setText(event.target.value);
          setAt(0);
        }}
      />
      <ul id={list} role="listbox" aria-label="Found" className="found">
        {found.map((command, index) => (
          <li
            key={command.name} id={`${list}-${index}`} role="option" aria-selected={index === chosen}
            onClick={() => run(command)} onPointerMove={() => setAt(index)}
          >
            <span>{command.name}</span>
            {command.keys && <kbd>{command.keys.toUpperCase()}</kbd>}
          </li>
        ))}
      </ul>
      {found.length === 0 && <p className="empty">Nothing is called that.</p>}
    </Dialog>
  );
}
