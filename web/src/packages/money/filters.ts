import { decimalsOf, format, parse } from "./decimal";
import { notional, type Market, priceText, quantityText, quoteText } from "./market";

/** Why an order would be refused; `valid` are the nearest texts that would not be. */
export interface Complaint {
  readonly field:
    | "price" | "quantity" | "budget" | "stop" | "stopLimit" | "trail" | "display" | "exit"
    | "pegOffset" | "slices" | "every" | "expires";
  readonly message: string;
  readonly valid: readonly string[];
}

interface Grid {
  readonly field: Complaint["field"];
  readonly name: string;
  readonly decimals: number;
  readonly step: bigint;
}

/** Returns what is wrong with a number that has to be a multiple of a step, or nothing. */
function offGrid(text: string, grid: Grid): Complaint | null {
  const { field, name, decimals, step } = grid;
  const more = Math.max(decimals, Math.min(decimalsOf(text.trim()), 30));
  const units = parse(text, more);
  if (units === null) return { field, message: `${name} is not a number`, valid: [] };
  if (units <= 0n) return { field, message: `${name} must be above 0`, valid: [format(step, decimals)] };
  const fine = step * 10n ** BigInt(more - decimals);
  const rest = units % fine;
  if (rest === 0n) return null;
  const below = units - rest;
  const valid = [below, below + fine]
    .filter((value) => value > 0n)
    .map((value) => format(value / 10n ** BigInt(more - decimals), decimals));
  return { field, message: `${name} must be a multiple of ${format(step, decimals)}`, valid };
}

export function checkPrice(
  market: Market,
  text: string,
  field: Complaint["field"] = "price",
  name = "Price",
): Complaint | null {
  return offGrid(text, { field, name, decimals: market.priceDecimals, step: market.tick });
}

export function checkQuantity(market: Market, text: string, atMarket: boolean): Complaint | null {
  const step = market.lot;
  const wrong = offGrid(text, {
    field: "quantity", name: "Amount", decimals: market.quantityDecimals, step,
  });
  if (wrong) return wrong;
  const quantity = parse(text, market.quantityDecimals) ?? 0n;
  if (quantity < market.minQuantity) {
    const least = quantityText(market, market.minQuantity);
    return { field: "quantity", message: `Amount must be at least ${least}`, valid: [least] };
  }
  const bounds = [market.maxQuantity, atMarket ? market.marketMaxQuantity : null];
  for (const bound of bounds) {
    if (bound !== null && quantity > bound) {
      const most = quantityText(market, bound);
      return { field: "quantity", message: `Amount must be at most ${most}`, valid: [most] };
    }
  }
  return null;
}

/** Returns what is wrong with price x quantity, with the quantity that would do. */
export function checkNotional(market: Market, price: bigint, quantity: bigint): Complaint | null {
  const value = notional(market, price, quantity);
  const perLot = notional(market, price, market.lot);
  if (perLot <= 0n) return null;
  if (value < market.minNotional) {
    const lots = (market.minNotional + perLot - 1n) / perLot;
    return {
      field: "quantity",
      message: `Total must be at least ${quoteText(market, market.minNotional)} ${market.quote}`,
      valid: [quantityText(market, lots * market.lot)],
    };
  }
  if (market.maxNotional !== null && value > market.maxNotional) {
    return {
      field: "quantity",
      message: `Total must be at most ${quoteText(market, market.maxNotional)} ${market.quote}`,
      valid: [quantityText(market, (market.maxNotional / perLot) * market.lot)],
    };
  }
  return null;
}

/** Returns a price on the grid, the nearest one below. */
export function onTick(market: Market, price: bigint): string {
  return priceText(market, price - (price % market.tick));
}

/** Returns a quantity on the grid, the nearest one below. */
export function onLot(market: Market, quantity: bigint): bigint {
  return quantity - (quantity % market.lot);
}
