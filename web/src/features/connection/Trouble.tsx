import { useEffect, useState } from "react";
import { onLimit } from "@/packages/api/calls";
import { hurry, useLive } from "@/packages/feed/live";
import { Dialog } from "@/packages/ui/dialog";

const OFFLINE_AFTER_MS = 8_000;
const SECOND_MS = 1_000;

/** What stands in the way of trading, where a line above the screen would say too little. */
export function Trouble() {
  return <><Offline /><Limited /></>;
}

/** The venue has not been there for a while. */
function Offline() {
  const away = useLive((live) => live.facts.health !== "live");
  const [shown, setShown] = useState(false);
  useEffect(() => {
    setShown(false);
    if (!away) return undefined;
    const timer = setTimeout(() => setShown(true), OFFLINE_AFTER_MS);
    return () => clearTimeout(timer);
  }, [away]);
  if (!shown) return null;
  return (
    <Dialog title="The venue cannot be reached" close={() => setShown(false)}>
      <p>
        What you see is from before. Orders that rest in the book stay there, and can trade, unless
        you placed them to end with a connection. This page tries again by itself, and then reads
        everything anew.
      </p>
      <div className="actions">
        <button type="button" className="plain" onClick={() => setShown(false)}>Look at it anyway</button>
        <button type="button" className="primary" onClick={hurry}>Try now</button>
      </div>
    </Dialog>
  );
}

/** Too much was asked of the venue: it says for how long it takes nothing more. */
function Limited() {
  const [until, setUntil] = useState(0);
  const [left, setLeft] = useState(0);
  useEffect(() => onLimit((seconds) => setUntil(performance.now() + seconds * SECOND_MS)), []);
  useEffect(() => {
    const look = () => setLeft(Math.max(0, Math.ceil((until - performance.now()) / SECOND_MS)));
    look();
    if (until <= performance.now()) return undefined;
    const timer = setInterval(look, SECOND_MS / 4);
    return () => clearInterval(timer);
  }, [until]);
  if (left === 0) return null;
  return (
    <Dialog title="Too many requests" close={() => setUntil(0)}>
      <p>
        The venue takes no more from this connection for {left} {left === 1 ? "second" : "seconds"}.
        What was asked last was not done. Cancelling has a reserve of its own.
      </p>
    </Dialog>
  );
}
