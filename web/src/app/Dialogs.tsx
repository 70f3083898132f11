import { lazy, Suspense } from "react";
import { CancelAll } from "@/features/desk/OpenOrders";
import { useDesk } from "@/packages/state/desk";

// What few need, and nobody at first, comes when it is asked for.
const SignIn = lazy(() => import("@/features/account/SignIn").then((m) => ({ default: m.SignIn })));
const Account = lazy(() => import("@/features/account/Account").then((m) => ({ default: m.Account })));
const Faucet = lazy(() => import("@/features/account/Faucet").then((m) => ({ default: m.Faucet })));
const Palette = lazy(() => import("./Palette").then((m) => ({ default: m.Palette })));
const Help = lazy(() => import("./Help").then((m) => ({ default: m.Help })));

/** The dialog that is open, if one is. */
export function Dialogs({ market }: { market: string }) {
  const dialog = useDesk((desk) => desk.dialog);
  return (
    <Suspense fallback={null}>
      {dialog === "sign-in" && <SignIn />}
      {dialog === "account" && <Account />}
      {dialog === "withdraw" && <Account first="withdrawals" />}
      {dialog === "faucet" && <Faucet />}
      {dialog === "palette" && <Palette />}
      {dialog === "help" && <Help />}
      {dialog === "cancel-all" && <CancelAll market={market} />}
    </Suspense>
  );
}
