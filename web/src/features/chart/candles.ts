import {
  CandlestickSeries, ColorType, createChart, createSeriesMarkers, CrosshairMode, HistogramSeries,
  type IChartApi, type ISeriesApi, type ISeriesMarkersPluginApi, type SeriesMarker, type Time, type UTCTimestamp,
} from "lightweight-charts";
import type { FillOut, KlineOut, OrderOut } from "@/packages/api/types";
import { compact, format, grouped, read } from "@/packages/money/decimal";
import type { Market } from "@/packages/money/market";
import { colour } from "@/packages/ui/theme";
import { type LineListener, OrderLines } from "./lines";

const FAINT = "66";

/** A candle in ticks and lots: whole numbers, because a chart wants numbers. */
interface Bar {
  readonly time: UTCTimestamp;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  readonly volume: number;
}

/** A candle in words. */
export interface Legend {
  readonly prices: readonly (readonly [string, string])[];
  readonly volume: string;
  readonly way: "up" | "down";
}

const seconds = (time: string) => Math.floor(Date.parse(time) / 1000) as UTCTimestamp;

/** The chart of one market. Prices go in as ticks and are written by the market's own decimals. */
export class CandleChart {
  private readonly chart: IChartApi;
  private readonly candles: ISeriesApi<"Candlestick">;
  private readonly volumes: ISeriesApi<"Histogram">;
  private readonly markers: ISeriesMarkersPluginApi<Time>;
  private readonly lines: OrderLines;
  private bars: Bar[] = [];

  constructor(
    box: HTMLElement,
    private readonly market: Market,
    private readonly hovered: (legend: Legend | null) => void,
    listener: LineListener,
  ) {
    this.chart = createChart(box, {
      autoSize: true,
      layout: { attributionLogo: false, fontSize: 11, fontFamily: "inherit" },
      localization: { priceFormatter: (ticks: number) => grouped(this.price(ticks)) },
      crosshair: { mode: CrosshairMode.Normal },
      rightPriceScale: { borderVisible: false, scaleMargins: { top: 0.08, bottom: 0.24 } },
      timeScale: { borderVisible: false, timeVisible: true, rightOffset: 6, minBarSpacing: 1.5 },
    });
    this.candles = this.chart.addSeries(CandlestickSeries, {
      priceFormat: { type: "custom", minMove: 1, formatter: (ticks: number) => grouped(this.price(ticks)) },
    });
    this.volumes = this.chart.addSeries(HistogramSeries, {
      priceScaleId: "volume", lastValueVisible: false, priceLineVisible: false,
      priceFormat: {
        type: "custom", minMove: 1,
        formatter: (lots: number) => compact(this.quantity(lots)),
      },
    });
    this.volumes.priceScale().applyOptions({ scaleMargins: { top: 0.82, bottom: 0 } });
    this.markers = createSeriesMarkers(this.candles, []);
    this.lines = new OrderLines(this.chart, this.candles, box, market, listener);
    this.chart.subscribeCrosshairMove((event) => {
      const bar = event.time === undefined ? this.bars.at(-1) : this.at(event.time as UTCTimestamp);
      this.hovered(bar ? this.told(bar) : null);
    });
    this.dress();
  }

  /** Takes the colours of the page. */
  dress(): void {
    const [up, down] = [colour("up"), colour("down")];
    const line = colour("line-faint");
    this.chart.applyOptions({
      layout: {
        background: { type: ColorType.Solid, color: colour("panel") }, textColor: colour("muted"),
        panes: { separatorColor: line },
      },
      grid: { vertLines: { color: line }, horzLines: { color: line } },
      crosshair: {
        vertLine: { color: colour("muted"), labelBackgroundColor: colour("raised-strong") },
        horzLine: { color: colour("muted"), labelBackgroundColor: colour("raised-strong") },
      },
    });
    this.candles.applyOptions({
      upColor: up, downColor: down, wickUpColor: up, wickDownColor: down, borderVisible: false,
    });
    this.volumes.setData(this.bars.map((bar) => this.volume(bar)));
  }

  set(klines: readonly KlineOut[]): void {
    this.bars = klines.map((kline) => this.bar(kline));
    this.candles.setData([...this.bars]);
    this.volumes.setData(this.bars.map((bar) => this.volume(bar)));
    this.hovered(this.bars.length ? this.told(this.bars.at(-1) as Bar) : null);
  }

  /** Puts older candles before those that are there, and keeps what is looked at in its place. */
  prepend(klines: readonly KlineOut[]): void {
    const first = this.bars[0]?.time ?? Infinity;
    const older = klines.map((kline) => this.bar(kline)).filter((bar) => bar.time < first);
    this.bars = [...older, ...this.bars];
    this.candles.setData([...this.bars]);
    this.volumes.setData(this.bars.map((bar) => this.volume(bar)));
  }

  update(kline: KlineOut): void {
    const bar = this.bar(kline);
    const last = this.bars.at(-1);
    if (last && bar.time < last.time) return;
    if (last?.time === bar.time) this.bars[this.bars.length - 1] = bar;
    else this.bars.push(bar);
    this.candles.update(bar);
    this.volumes.update(this.volume(bar));
    this.hovered(this.told(bar));
  }

  /** Shows own orders as lines. */
  drawOrders(orders: readonly OrderOut[]): void {
    this.lines.draw(orders);
  }

  /** Shows own fills as arrows at the candle they were in. */
  drawFills(fills: readonly FillOut[]): void {
    const first = this.bars[0]?.time;
    if (first === undefined) return this.markers.setMarkers([]);
    const marks = new Map<string, SeriesMarker<Time>>();
    for (const fill of fills) {
      const bar = this.before(seconds(fill.time));
      if (!bar) continue;
      const buy = fill.side === "buy";
      marks.set(`${bar.time}${fill.side}`, {
        time: bar.time, position: buy ? "belowBar" : "aboveBar", size: 1,
        shape: buy ? "arrowUp" : "arrowDown", color: colour(buy ? "mark-up" : "mark-down"),
      });
    }
    const sorted = [...marks.values()].sort((a, b) => (a.time as number) - (b.time as number));
    return this.markers.setMarkers(sorted);
  }

  /** Calls `older` when somebody has scrolled near the beginning. */
  whenBegun(older: () => void): void {
    this.chart.timeScale().subscribeVisibleLogicalRangeChange((range) => {
      if (range && range.from < 15) older();
    });
  }

  show(count: number): void {
    const end = this.bars.length;
    this.chart.timeScale().setVisibleLogicalRange({ from: end - count, to: end + 5 });
  }

  firstSeconds(): number | null {
    return this.bars[0]?.time ?? null;
  }

  get count(): number {
    return this.bars.length;
  }

  remove(): void {
    this.lines.end();
    this.chart.remove();
  }

  private ticks(price: string): number {
    return Number(read(price, this.market.priceDecimals));
  }

  private price(ticks: number): string {
    return format(BigInt(Math.round(ticks)), this.market.priceDecimals);
  }

  private quantity(units: number): string {
    return format(BigInt(Math.round(units)), this.market.quantityDecimals);
  }

  private bar(kline: KlineOut): Bar {
    return {
      time: seconds(kline.open_time), open: this.ticks(kline.open), high: this.ticks(kline.high),
      low: this.ticks(kline.low), close: this.ticks(kline.close),
      volume: Number(read(kline.volume, this.market.quantityDecimals)),
    };
  }

  private volume(bar: Bar) {
    const color = colour(bar.close >= bar.open ? "up" : "down") + FAINT;
    return { time: bar.time, value: bar.volume, color };
  }

  private told(bar: Bar): Legend {
    const { open, high, low, close } = bar;
    const parts = [["O", open], ["H", high], ["L", low], ["C", close]] as const;
    return {
      prices: parts.map(([letter, ticks]) => [letter, this.price(ticks)]),
      volume: this.quantity(bar.volume),
      way: close >= open ? "up" : "down",
    };
  }

  private at(time: UTCTimestamp): Bar | undefined {
    const found = this.before(time);
    return found?.time === time ? found : undefined;
  }

  /** Returns the last bar that begins at a time or before it. */
  private before(time: number): Bar | undefined {
    let low = 0;
    let high = this.bars.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.bars[middle] as Bar).time <= time) low = middle + 1;
      else high = middle;
    }
    return this.bars[low - 1];
  }
}
