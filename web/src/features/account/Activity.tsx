import { useQuery } from "@tanstack/react-query";
import { call } from "@/packages/api/calls";
import { dayAndClock } from "@/packages/ui/time";

/** Attempts to log in as oneself. */
export function Activity() {
  const logins = useQuery({ queryKey: ["logins"], queryFn: () => call("logins") });
  const rows = logins.data?.logins ?? [];
  return (
    <div className="sections">
      <section>
        <h3>Attempts to log in</h3>
        {rows.length === 0 ? <p className="muted">None yet.</p> : (
          <table className="table">
            <thead><tr><th>Time</th><th>Address</th><th>Program</th><th>Outcome</th></tr></thead>
            <tbody>
              {rows.map((one, at) => (
                <tr key={at}>
                  <td className="muted">{dayAndClock(one.time)}</td><td>{one.address}</td>
                  <td className="cut" title={one.agent}>{one.agent}</td>
                  <td className={one.outcome === "ok" ? "up" : "down"}>{one.outcome}</td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
      </section>
    </div>
  );
}
