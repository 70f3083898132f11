import { useEffect, useRef } from "react";
import type { Book, Level } from "@/packages/feed/book";
import { followBook } from "@/packages/feed/live";
import { compact, format, grouped } from "@/packages/money/decimal";
import type { Market } from "@/packages/money/market";
import { usePreferences } from "@/packages/state/desk";
import { colour } from "@/packages/ui/theme";

const LEVELS = 60;
const FOOT_PX = 22;

/** How much there is up to each price, both sides from the middle outwards. */
export function DepthChart({ market }: { market: Market }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const theme = usePreferences((preferences) => `${preferences.theme}${preferences.swapColours}`);
  useEffect(() => {
    let book: Book | null = null;
    let asked = 0;
    let pointer: number | null = null;
    const draw = () => {
      asked = 0;
      if (canvas.current && book) paint(canvas.current, book, market, pointer);
    };
    const ask = () => {
      asked ||= requestAnimationFrame(draw);
    };
    const [followed, stop] = followBook(market, ask);
    book = followed;
    const watch = new ResizeObserver(ask);
    const element = canvas.current;
    const move = (event: PointerEvent) => {
      pointer = event.type === "pointermove" ? event.offsetX : null;
      ask();
    };
    if (element) {
      watch.observe(element);
      element.addEventListener("pointermove", move);
      element.addEventListener("pointerleave", move);
    }
    ask();
    return () => {
      stop();
      watch.disconnect();
      cancelAnimationFrame(asked);
      element?.removeEventListener("pointermove", move);
      element?.removeEventListener("pointerleave", move);
    };
  }, [market, theme]);
  return (
    <canvas ref={canvas} className="depth-chart" role="img" aria-label="Depth of the book"
      data-testid="depth" />
  );
}

interface Point {
  readonly price: bigint;
  readonly sum: bigint;
}

function summed(levels: readonly Level[]): Point[] {
  let sum = 0n;
  return levels.slice(0, LEVELS).map((level) => {
    sum += level.quantity;
    return { price: level.price, sum };
  });
}

/** Where things are: shares of the picture, not amounts of money. */
interface Frame {
  readonly pen: CanvasRenderingContext2D;
  readonly width: number;
  readonly height: number;
  readonly x: (price: bigint) => number;
  readonly y: (sum: bigint) => number;
}

function paint(canvas: HTMLCanvasElement, book: Book, market: Market, pointer: number | null): void {
  const pen = canvas.getContext("2d");
  const ratio = devicePixelRatio || 1;
  const [width, height] = [canvas.clientWidth, canvas.clientHeight];
  if (!pen || width === 0) return;
  if (canvas.width !== Math.round(width * ratio)) canvas.width = Math.round(width * ratio);
  if (canvas.height !== Math.round(height * ratio)) canvas.height = Math.round(height * ratio);
  pen.setTransform(ratio, 0, 0, ratio, 0, 0);
  pen.clearRect(0, 0, width, height);
  pen.font = `11px ${getComputedStyle(canvas).fontFamily}`;
  const [bids, asks] = [summed(book.bids), summed(book.asks)];
  const [bid, ask] = [bids[0], asks[0]];
  if (!bid || !ask) {
    pen.fillStyle = colour("muted");
    pen.textAlign = "center";
    pen.fillText("One side of the book is empty", width / 2, height / 2);
    return;
  }
  const twice = bid.price + ask.price;
  const reach = reachOf(bids, asks, twice);
  const inside = [...bids, ...asks].filter((point) => away(point, twice) <= reach);
  const tallest = inside.reduce((most, point) => (point.sum > most ? point.sum : most), 1n);
  const share = (part: bigint, whole: bigint) => Number((part * 100_000n) / whole) / 100_000;
  const room = height - FOOT_PX;
  const frame: Frame = {
    pen, width, height,
    x: (price) => width / 2 + (share(price * 2n - twice, reach) * width) / 2,
    y: (sum) => room - share(sum, tallest) * (room - 14),
  };
  side(frame, bids, "up", 0);
  side(frame, asks, "down", width);
  labels(frame, market, { twice, reach, tallest });
  if (pointer !== null) cross(frame, market, pointer < width / 2 ? bids : asks, pointer);
}

/** Returns twice how far a price is from the middle. */
const away = (point: Point, twice: bigint) =>
  point.price * 2n > twice ? point.price * 2n - twice : twice - point.price * 2n;

/** Returns what is shown to either side: half more than the nearer end, so that one far order hides nothing. */
function reachOf(bids: readonly Point[], asks: readonly Point[], twice: bigint): bigint {
  const ends = [bids.at(-1), asks.at(-1)].map((point) => (point ? away(point, twice) : 1n));
  const [near = 1n, far = 1n] = ends.sort((a, b) => (a < b ? -1 : 1));
  const wanted = (near * 3n) / 2n;
  return wanted < far ? wanted : far;
}

function side({ pen, height, x, y }: Frame, points: readonly Point[], name: string, end: number) {
  const floor = height - FOOT_PX;
  const first = points[0];
  if (!first) return;
  pen.beginPath();
  pen.moveTo(x(first.price), floor);
  let last = floor;
  for (const point of points) {
    pen.lineTo(x(point.price), last);
    last = y(point.sum);
    pen.lineTo(x(point.price), last);
  }
  pen.lineTo(end, last);
  pen.strokeStyle = colour(name);
  pen.lineWidth = 1.5;
  pen.stroke();
  pen.lineTo(end, floor);
  pen.closePath();
  pen.fillStyle = `${colour(name)}2e`;
  pen.fill();
}

interface Scale {
  readonly twice: bigint;
  readonly reach: bigint;
  readonly tallest: bigint;
}

function labels({ pen, width, height, y }: Frame, market: Market, scale: Scale): void {
  const { twice, reach, tallest } = scale;
  pen.fillStyle = colour("muted");
  pen.textBaseline = "middle";
  const places = [["left", 8, -2n], ["center", width / 4, -1n], ["center", width / 2, 0n],
    ["center", (width * 3) / 4, 1n], ["right", width - 8, 2n]] as const;
  for (const [align, at, quarter] of places) {
    const price = (twice + (reach * quarter) / 2n) / 2n;
    pen.textAlign = align;
    pen.fillText(grouped(format(price - (price % market.tick), market.priceDecimals)), at,
      height - FOOT_PX / 2);
  }
  pen.textAlign = "right";
  for (const quarter of [1n, 2n, 3n]) {
    const sum = (tallest * quarter) / 4n;
    pen.fillText(compact(format(sum, market.quantityDecimals)), width - 8, y(sum));
  }
}

function cross(frame: Frame, market: Market, points: readonly Point[], pointer: number): void {
  const { pen, width, height, x, y } = frame;
  const found = points.findLast((point) => {
    const at = x(point.price);
    return at < width / 2 ? at >= pointer : at <= pointer;
  }) ?? points[0];
  if (!found) return;
  pen.strokeStyle = colour("muted");
  pen.setLineDash([3, 3]);
  pen.beginPath();
  pen.moveTo(pointer, 0);
  pen.lineTo(pointer, height - FOOT_PX);
  pen.stroke();
  pen.setLineDash([]);
  pen.beginPath();
  pen.arc(pointer, y(found.sum), 3.5, 0, Math.PI * 2);
  pen.fillStyle = colour("text");
  pen.fill();
  pen.textAlign = pointer < width / 2 ? "left" : "right";
  const from = pointer < width / 2 ? pointer + 10 : pointer - 10;
  const sum = compact(format(found.sum, market.quantityDecimals));
  pen.fillText(`${grouped(format(found.price, market.priceDecimals))} · ${sum} ${market.base}`, from, 16);
}
