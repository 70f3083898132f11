import type { EIP1193Provider } from "viem";
import { call } from "@/packages/api/calls";

/** A wallet that has announced itself to the page (EIP-6963), or that lies where they all did. */
export interface Found {
  readonly name: string;
  readonly provider: EIP1193Provider;
}

interface Announced extends Event {
  readonly detail?: { info?: { name?: string }; provider?: EIP1193Provider };
}

const ANSWER_MS = 150;

/** Asks the wallets of this browser to come forward. */
export async function wallets(): Promise<readonly Found[]> {
  const found: Found[] = [];
  const hear = (event: Event) => {
    const { info, provider } = (event as Announced).detail ?? {};
    if (provider) found.push({ name: info?.name ?? "Wallet", provider });
  };
  addEventListener("eip6963:announceProvider", hear);
  dispatchEvent(new Event("eip6963:requestProvider"));
  await new Promise((done) => setTimeout(done, ANSWER_MS));
  removeEventListener("eip6963:announceProvider", hear);
  const { ethereum } = window as { ethereum?: EIP1193Provider };
  if (found.length === 0 && ethereum) found.push({ name: "Browser wallet", provider: ethereum });
  return found;
}

/** Lets a wallet sign that it wants in (EIP-4361). */
export async function signIn(provider: EIP1193Provider, statement: string) {
  const [{ createWalletClient, custom, getAddress }, { createSiweMessage }] = await Promise.all([
    import("viem"), import("viem/siwe"),
  ]);
  const client = createWalletClient({ transport: custom(provider) });
  const [first] = await client.requestAddresses();
  if (!first) throw new Error("The wallet shared no address.");
  const address = getAddress(first);
  const { nonce, domain } = await call("wallet_nonce");
  const message = createSiweMessage({
    address, domain, nonce, statement, chainId: await client.getChainId(), uri: location.origin,
    version: "1", issuedAt: new Date(),
  });
  const signature = await client.signMessage({ account: address, message });
  return { message, signature };
}
