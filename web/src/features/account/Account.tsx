import { useState } from "react";
import { leave, useSession } from "@/packages/api/session";
import { show } from "@/packages/state/desk";
import { Dialog } from "@/packages/ui/dialog";
import { Tabs } from "@/packages/ui/tabs";
import { toastError } from "@/packages/ui/toasts";
import { Activity } from "./Activity";
import { Addresses } from "./Addresses";
import { Fees } from "./Fees";
import { Keys } from "./Keys";
import { Security } from "./Security";
import { SubAccounts } from "./SubAccounts";
import { LinkedWallets } from "./LinkedWallets";
import { Withdrawals } from "./Withdrawals";

const PAGES = {
  security: { label: "Security", view: Security },
  withdrawals: { label: "Withdraw", view: Withdrawals },
  addresses: { label: "Addresses", view: Addresses },
  fees: { label: "Fees", view: Fees },
  keys: { label: "API keys", view: Keys },
  subs: { label: "Sub-accounts", view: SubAccounts },
  wallets: { label: "Wallets", view: LinkedWallets },
  activity: { label: "Activity", view: Activity },
};
type Page = keyof typeof PAGES;

/** Everything about oneself. */
export function Account({ first = "security" }: { first?: Page }) {
  const [page, setPage] = useState<Page>(first);
  const { me, userId } = useSession();
  const View = PAGES[page].view;
  const out = () => {
    show(null);
    leave().catch(toastError("Not logged out at the venue"));
  };
  return (
    <Dialog title="Account" kind="wide" close={() => show(null)}>
      <div className="who">
        <div>
          <strong>{me?.email || `Account ${userId}`}</strong>
          <span className="muted">No. {userId}{me?.roles.length ? ` · ${me.roles.join(", ")}` : ""}</span>
        </div>
        <button type="button" className="plain" onClick={out}>Log out</button>
      </div>
      <Tabs
        label="Account" chosen={page} choose={setPage}
        tabs={(Object.keys(PAGES) as Page[]).map((key) => ({ key, label: PAGES[key].label }))}
      >
        <View />
      </Tabs>
    </Dialog>
  );
}
