import { call, Unreachable } from "@/packages/api/calls";
import type { OrderOut } from "@/packages/api/types";
import type { Market } from "@/packages/money/market";
import { type Draft, isList, listOf, newId, orderOf } from "./model";

const AGAIN_MS = 800;

/**
 * Sends an order. Where no answer comes it is sent once more under the same id, which the venue
 * takes for the same order: it is never placed twice.
 */
export async function send(market: Market, draft: Draft): Promise<OrderOut> {
  const id = newId();
  const once = () => (isList(draft) ? sendList(market, draft, id) : sendOne(market, draft, id));
  try {
    return await once();
  } catch (error) {
    if (!(error instanceof Unreachable)) throw error;
    await new Promise((done) => setTimeout(done, AGAIN_MS));
    return once();
  }
}

const sendOne = (market: Market, draft: Draft, id: string) =>
  call("place", { body: orderOf(market, draft, id) });

async function sendList(market: Market, draft: Draft, id: string): Promise<OrderOut> {
  const { orders } = await call("place_list", { body: listOf(market, draft, id) });
  return orders[0] as OrderOut;
}
