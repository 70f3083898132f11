import { call, Unreachable } from "@/packages/api/calls";
import type { Calls, OrderOut } from "@/packages/api/types";
import type { Market } from "@/packages/money/market";
import { type Draft, listOf, newId, orderOf } from "./model";

const AGAIN_MS = 800;

/**
 * Sends an order. Where no answer comes it is sent once more under the same id, which the venue
 * takes for the same order: it is never placed twice.
 */
export async function send(market: Market, draft: Draft): Promise<OrderOut> {
  const id = newId();
  const once = () => (draft.kind === "oco" ? sendList(market, draft, id) : sendOne(market, draft, id));
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
  const name = "place_list" as keyof Calls;
  const body = listOf(market, draft, id);
  const answer = (await call(name, { body: body as never })) as unknown as { orders: OrderOut[] };
  return answer.orders[0] as OrderOut;
}
