import { useEffect, useState } from "react";
import type { Book } from "@/packages/feed/book";
import { followBook } from "@/packages/feed/live";
import { format, grouped, parse, trim } from "@/packages/money/decimal";
import { type Estimate, estimate } from "@/packages/money/estimate";
import {
  type Market, notional, quantityText, quoteText, readPrice, readQuantity,
} from "@/packages/money/market";
import { type Draft, isByBudget, type Kind, shapeOf } from "./model";

const LOOK_EVERY_MS = 250;

/** Returns the book, and says a few times a second that it may have changed. */
export function useBook(market: Market): Book | null {
  const [state, setState] = useState<{ book: Book; version: number } | null>(null);
  useEffect(() => {
    const [book, stop] = followBook(market, () => undefined);
    const look = () =>
      setState((was) =>
        was?.book === book && was.version === book.version ? was : { book, version: book.version });
    look();
    const timer = setInterval(look, LOOK_EVERY_MS);
    return () => {
      clearInterval(timer);
      stop();
    };
  }, [market]);
  return state?.book ?? null;
}

/** What does not meet the book when it is placed. */
const WAITING: ReadonlySet<Kind> = new Set([
  "stopLimit", "stopMarket", "takeProfitLimit", "takeProfit", "trailing", "pegged", "twap", "oco",
]);

/** Returns what the order as typed would do now; null where it cannot be said. */
export function foresee(market: Market, book: Book | null, draft: Draft): Estimate | null {
  if (!book?.synced || WAITING.has(draft.kind)) return null;
  const limit = shapeOf(draft.kind).parts.includes("price") ? readPrice(market, draft.price) : null;
  if (shapeOf(draft.kind).parts.includes("price") && limit === null) return null;
  const quantity = isByBudget(draft) ? null : readQuantity(market, draft.quantity);
  const budget = isByBudget(draft) ? parse(draft.budget, market.quoteDecimals) : null;
  if (quantity === null && budget === null) return null;
  const other = draft.side === "buy" ? book.asks : book.bids;
  return estimate(market, other, { side: draft.side, limit, quantity, budget });
}

interface Props {
  readonly market: Market;
  readonly draft: Draft;
  readonly foreseen: Estimate | null;
}

const EMPTY = "–";

/** What the order would cost, and what of it is a guess. */
export function Preview({ market, draft, foreseen }: Props) {
  const price = readPrice(market, draft.price);
  const quantity = readQuantity(market, draft.quantity);
  const resting = shapeOf(draft.kind).parts.includes("price");
  const total = resting && price !== null && quantity !== null
    ? notional(market, price, quantity) : (foreseen?.cost ?? null);
  const short = foreseen !== null && !resting && foreseen.left > 0n;
  const slips = foreseen !== null && foreseen.slippage >= 100n;
  return (
    <dl className="preview">
      <div>
        <dt>{resting ? "Total" : "Total ≈"}</dt>
        <dd>{total === null || total === 0n ? EMPTY : `${grouped(trim(quoteText(market, total)))} ${market.quote}`}</dd>
      </div>
      <div>
        <dt>Average price ≈</dt>
        <dd>
          {foreseen?.average == null ? EMPTY
            : grouped(trim(format(foreseen.average, market.priceDecimals + 2)))}
        </dd>
      </div>
      <div>
        <dt>Slippage ≈</dt>
        <dd className={slips ? "down" : ""}>
          {foreseen?.average == null ? EMPTY : `${format(foreseen.slippage, 2)}%`}
        </dd>
      </div>
      <div>
        <dt>Fee ≈</dt>
        <dd>{foreseen === null ? EMPTY : feeWords(market, foreseen)}</dd>
      </div>
      {short && (
        <p className="trouble">
          The book has only {quantityText(market, foreseen.taken)} {market.base} of it now.
        </p>
      )}
    </dl>
  );
}

function feeWords(market: Market, { takerFee, makerFee, feeInBase }: Estimate): string {
  const [decimals, asset] = feeInBase
    ? [market.baseDecimals, market.base] : [market.quoteDecimals, market.quote];
  return `${trim(format(takerFee + makerFee, decimals))} ${asset}`;
}
