import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { call } from "@/packages/api/calls";
import { dayAndClock } from "@/packages/ui/time";
import { useFresh } from "./fresh";
import { type Found, signIn, wallets } from "./wallet";

const STATEMENT = "Let this wallet log in to my account at Outcry.";

/** Wallets that let one in. */
export function LinkedWallets() {
  const client = useQueryClient();
  const linked = useQuery({ queryKey: ["wallets"], queryFn: () => call("wallets") });
  const [found, setFound] = useState<readonly Found[]>([]);
  const [attempt, asking] = useFresh();
  useEffect(() => void wallets().then(setFound), []);
  const again = () => client.invalidateQueries({ queryKey: ["wallets"] });
  const link = ({ provider }: Found) =>
    attempt(async () => {
      await call("link_wallet", { body: await signIn(provider, STATEMENT) });
      await again();
    }, "Not linked");
  const unlink = (address: string) =>
    attempt(async () => {
      await call("unlink_wallet", { path: { address } });
      await again();
    }, "Not unlinked");
  const rows = linked.data?.wallets ?? [];
  return (
    <div className="sections">
      <section>
        <h3>Wallets that let you in</h3>
        {rows.length === 0 && <p className="muted">None yet.</p>}
        {rows.length > 0 && (
          <table className="table">
            <thead>
              <tr><th>Address</th><th>Since</th><th><span className="hidden">Unlink</span></th></tr>
            </thead>
            <tbody>
              {rows.map((one) => (
                <tr key={one.address}>
                  <td><code className="cut">{one.address}</code></td>
                  <td className="muted">{dayAndClock(one.created_at)}</td>
                  <td className="right">
                    <button type="button" className="plain small" onClick={() => void unlink(one.address)}>
                      Unlink
                    </button>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
        {asking}
        <div className="actions start">
          {found.map((wallet) => (
            <button
              key={wallet.name} type="button" className="primary" onClick={() => void link(wallet)}
            >
              Link {wallet.name}
            </button>
          ))}
          {found.length === 0 && <p className="muted">No wallet is installed in this browser.</p>}
        </div>
      </section>
    </div>
  );
}
