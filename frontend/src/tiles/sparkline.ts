// The course of a number over the last hour, drawn by uPlot: a line, what is below it, and where it is now.

import uPlot from "uplot";
import type { Point } from "../pure/contract";
import { TREND_SECONDS } from "../pure/trend";

// A trend that has just begun is drawn as the end of so much, rather than stretched.
const LEAST_SECONDS = 300;

export class Sparkline {
  private chart: uPlot | null = null;
  private data: uPlot.AlignedData = [[], []];
  private readonly observer: ResizeObserver;
  private target: number | null = null;

  constructor(private readonly host: HTMLElement) {
    host.setAttribute("role", "img");
    this.observer = new ResizeObserver(() => this.resize());
    this.observer.observe(host);
  }

  draw(points: readonly Point[], target: number | null): void {
    this.data = [points.map(([at]) => at), points.map(([, value]) => value)];
    this.target = target;
    if (this.chart === null) this.resize();
    else this.chart.setData(this.data);
  }

  /** Draw again in the colours of now. */
  repaint(): void {
    this.chart?.redraw(false);
  }

  end(): void {
    this.observer.disconnect();
    this.chart?.destroy();
    this.chart = null;
  }

  private resize(): void {
    const { clientWidth: width, clientHeight: height } = this.host;
    if (width < 24 || height < 12) {
      this.chart?.destroy();
      this.chart = null;
    } else if (this.chart === null) {
      this.chart = new uPlot(this.options(width, height), this.data, this.host);
    } else {
      this.chart.setSize({ width, height });
    }
  }

  private options(width: number, height: number): uPlot.Options {
    const colour = (name: string) => getComputedStyle(this.host).getPropertyValue(name).trim();
    const thick = Math.min(4, Math.max(1.5, height / 40));
    return {
      width,
      height,
      padding: [thick * 2.2, thick * 2.6, thick * 1.2, 0],
      cursor: { show: false },
      legend: { show: false },
      axes: [{ show: false }, { show: false }],
      scales: {
        x: { time: false, range: (_chart, low, high) => [high - Math.min(Math.max(high - low, LEAST_SECONDS), TREND_SECONDS), high] },
        y: { range: (_chart, low, high) => this.range(low, high) },
      },
      series: [
        {},
        {
          width: thick,
          stroke: () => colour("--trend"),
          fill: () => colour("--trend-fill"),
          points: { show: false },
          spanGaps: false,
        },
      ],
      hooks: { draw: [(chart) => this.mark(chart, colour, thick)] },
    };
  }

  private range(low: number | null, high: number | null): [number, number] {
    if (low === null || high === null) return [0, 1];
    let [from, to] = [low, high];
    const target = this.target;
    // The limit is drawn if it is near enough not to flatten the line.
    if (target !== null && this.near(target, low, high)) [from, to] = [Math.min(from, target), Math.max(to, target)];
    const room = Math.max((to - from) * 0.08, Math.abs(to) * 0.01, 0.5);
    return [low >= 0 ? Math.max(0, from - room) : from - room, to + room];
  }

  private near(target: number, low: number, high: number): boolean {
    const size = Math.max(high - low, Math.abs(high) * 0.1, 1);
    return target > low - size && target < high + size;
  }

  private mark(chart: uPlot, colour: (name: string) => string, thick: number): void {
    const { ctx: pen } = chart;
    const ratio = devicePixelRatio;
    const [low, high] = [chart.scales["y"]?.min, chart.scales["y"]?.max];
    pen.save();
    if (this.target !== null && low != null && high != null && this.target > low && this.target < high) {
      const y = chart.valToPos(this.target, "y", true);
      pen.strokeStyle = colour("--soft");
      pen.lineWidth = Math.max(1, (thick * ratio) / 2);
      pen.setLineDash([thick * 3 * ratio, thick * 2 * ratio]);
      pen.beginPath();
      pen.moveTo(chart.bbox.left, y);
      pen.lineTo(chart.bbox.left + chart.bbox.width, y);
      pen.stroke();
    }
    const [times, values] = this.data;
    const [at, value] = [times.at(-1), values?.at(-1)];
    if (at !== undefined && value != null) {
      pen.setLineDash([]);
      pen.fillStyle = colour("--trend");
      pen.beginPath();
      pen.arc(chart.valToPos(at, "x", true), chart.valToPos(value, "y", true), thick * 2 * ratio, 0, 2 * Math.PI);
      pen.fill();
    }
    pen.restore();
  }
}
