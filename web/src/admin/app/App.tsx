import { useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { usePlace } from "@/admin/parts/route";
import { useSession } from "@/packages/api/session";
import { Entrance, NotStaff } from "./Entrance";
import { PAGES, pagesOf } from "./pages";
import { Shell } from "./Shell";

/** The console: the way in, or the page that the address names. */
export function App() {
  const { state, me } = useSession();
  const client = useQueryClient();
  const place = usePlace();
  // Whoever logs out leaves nothing behind for who comes next.
  useEffect(() => {
    if (state === "out") client.clear();
  }, [client, state]);
  if (state === "unknown" || (state === "in" && me === null)) {
    return <div className="gate"><p className="muted" role="status">One moment…</p></div>;
  }
  if (me === null) return <Entrance />;
  if (me.roles.length === 0) return <NotStaff />;
  const page = pagesOf(me.roles).find((one) => one.part === place.part);
  const named = PAGES.find((one) => one.part === place.part);
  return (
    <Shell>
      {page ? <page.View key={place.part} which={place.which} /> : (
        <p className="empty">
          {named ? `${named.name} takes a role that you do not have.` : "There is no such page."}
        </p>
      )}
    </Shell>
  );
}
