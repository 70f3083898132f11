import { type IChartApi, type IPriceLine, type ISeriesApi, LineStyle } from "lightweight-charts";
import type { OrderOut } from "@/packages/api/types";
import { read } from "@/packages/money/decimal";
import { type Market, priceText } from "@/packages/money/market";
import { colour } from "@/packages/ui/theme";

const NAMED_MOST = 12;
const NEAR_PX = 6;
/** A click that trembles is not a drag. */
const DRAG_PX = 3;

/** An order whose line is pointed at, and where that is from above. */
export interface Pointed {
  readonly order: OrderOut;
  readonly y: number;
}

const titleOf = (order: OrderOut) => {
  const waits = order.price === null && order.stop_price ? "Stop " : "";
  return `${waits}${order.side === "buy" ? "Buy" : "Sell"} ${order.remaining_quantity}`;
};

interface Line {
  readonly order: OrderOut;
  readonly line: IPriceLine;
}

export interface LineListener {
  pointed(at: Pointed | null): void;
  /** An order was dragged to a price; it stays where it was until the venue has moved it. */
  dragged(order: OrderOut, price: string): void;
}

const canMove = (order: OrderOut) =>
  order.price !== null && order.type !== "pegged" && order.type !== "twap";

/** Where an order is: its price, the one it follows, or the one it waits for. */
const placeOf = (order: OrderOut) => order.pegged_price ?? order.price ?? order.stop_price ?? null;

/** Own orders as lines of the chart, which can be dragged to other prices. */
export class OrderLines {
  private lines: Line[] = [];
  private held: { line: Line; fromY: number; ticks: bigint; moved: boolean } | null = null;
  private latest: readonly OrderOut[] = [];
  private readonly ending = new AbortController();

  constructor(
    private readonly chart: IChartApi,
    private readonly series: ISeriesApi<"Candlestick">,
    private readonly box: HTMLElement,
    private readonly market: Market,
    private readonly listener: LineListener,
  ) {
    const { signal } = this.ending;
    box.addEventListener("pointermove", (event) => this.move(event), { signal });
    box.addEventListener("pointerdown", (event) => this.press(event), { signal, capture: true });
    addEventListener("pointerup", () => this.release(true), { signal });
    addEventListener("pointercancel", () => this.release(false), { signal });
    addEventListener("keydown", (event) => event.key === "Escape" && this.release(false), { signal });
  }

  draw(orders: readonly OrderOut[]): void {
    this.latest = orders;
    if (this.held) return;
    for (const { line } of this.lines) this.series.removePriceLine(line);
    // Many labels would hide the candles: then the lines alone tell.
    const named = orders.length <= NAMED_MOST;
    this.lines = orders.flatMap((order) => {
      const price = placeOf(order);
      if (price === null) return [];
      const line = this.series.createPriceLine({
        price: Number(read(price, this.market.priceDecimals)),
        color: colour(order.side === "buy" ? "up" : "down"),
        lineStyle: LineStyle.Dashed, lineWidth: 1, axisLabelVisible: named,
        title: named ? titleOf(order) : "",
      });
      return [{ order, line }];
    });
  }

  end(): void {
    this.ending.abort();
  }

  private height(event: PointerEvent): number {
    return event.clientY - this.box.getBoundingClientRect().top;
  }

  private near(y: number): { line: Line; y: number } | null {
    for (const line of this.lines) {
      const at = this.series.priceToCoordinate(line.line.options().price);
      if (at !== null && Math.abs(at - y) <= NEAR_PX) return { line, y: at };
    }
    return null;
  }

  private press(event: PointerEvent): void {
    if (event.button !== 0) return;
    const found = this.near(this.height(event));
    if (!found) return this.listener.pointed(null);
    this.listener.pointed({ order: found.line.order, y: found.y });
    if (event.pointerType === "touch" || !canMove(found.line.order)) return;
    const ticks = BigInt(Math.round(found.line.line.options().price));
    this.held = { line: found.line, fromY: this.height(event), ticks, moved: false };
    this.chart.applyOptions({ handleScroll: false, handleScale: false });
  }

  private move(event: PointerEvent): void {
    const y = this.height(event);
    if (!this.held) {
      const found = this.near(y);
      this.box.classList.toggle("on-line", found !== null && canMove(found.line.order));
      this.listener.pointed(found && { order: found.line.order, y: found.y });
      return;
    }
    if (Math.abs(y - this.held.fromY) < DRAG_PX && !this.held.moved) return;
    const price = this.series.coordinateToPrice(y);
    if (price === null) return;
    const { tick } = this.market;
    const steps = BigInt(Math.round(price)) / tick;
    this.held.ticks = (steps > 0n ? steps : 1n) * tick;
    this.held.moved = true;
    this.listener.pointed(null);
    this.held.line.line.applyOptions({ price: Number(this.held.ticks), axisLabelVisible: true });
  }

  private release(done: boolean): void {
    const held = this.held;
    if (!held) return;
    this.held = null;
    this.chart.applyOptions({ handleScroll: true, handleScale: true });
    const price = priceText(this.market, held.ticks);
    const changed = held.moved && price !== held.line.order.price;
    if (done && changed) this.listener.dragged(held.line.order, price);
    else this.draw(this.latest);
  }
}
