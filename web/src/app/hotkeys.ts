import { useEffect } from "react";
import { show, useDesk } from "@/packages/state/desk";
import { COMMANDS } from "./commands";

const ELSEWHERE = [
  "input", "textarea", "[role=dialog]", "[role=alertdialog]", "[role=combobox]", "[role=listbox]",
  "[role=menu]",
].join();
const typing = (target: EventTarget | null) =>
  target instanceof HTMLElement && target.closest(ELSEWHERE) !== null;

/** Listens for the keys of the commands, while nobody types. */
export function useHotkeys(): void {
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
        event.preventDefault();
        show(useDesk.getState().dialog === "palette" ? null : "palette");
        return;
      }
      if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
      if (useDesk.getState().dialog !== null) return;
      const command = COMMANDS.find((one) => one.keys === event.key);
      if (!command) return;
      event.preventDefault();
      command.run();
    };
    addEventListener("keydown", press);
    return () => removeEventListener("keydown", press);
  }, []);
}
