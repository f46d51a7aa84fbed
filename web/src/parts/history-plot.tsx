import { useEffect, useRef } from "react";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { useStore } from "../store";
import { theme } from "../theme";

const HEIGHT = 170;
/** Of a server that has just started there is little to see: at least so many seconds are shown. */
const LEAST = 600;

export interface Line {
  label: string;
  /** A custom property of the style sheet. */
  colour: string;
  values: number[];
}

interface Props {
  /** Unix times in seconds, the oldest first. */
  times: number[];
  lines: Line[];
}

export default function HistoryPlot({ times, lines }: Props) {
  const place = useRef<HTMLDivElement>(null);
  const shownTheme = useStore(theme);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the colours come from the theme's style sheet
  useEffect(() => {
    const box = place.current;
    if (!box) return;
    const colour = (name: string) => getComputedStyle(box).getPropertyValue(name).trim();
    const grid = { stroke: colour("--line"), width: 1 };
    const axis = { stroke: colour("--quiet"), grid, ticks: grid, font: "12px system-ui, sans-serif" };
    const plot = new uPlot(
      {
        width: box.clientWidth,
        height: HEIGHT,
        legend: { show: lines.length > 1, live: false },
        cursor: { show: false },
        scales: {
          x: { range: (_, min, max) => [Math.min(min, max - LEAST), max] },
          y: { range: (_, __, max) => [0, Math.max(1, max * 1.15)] },
        },
        axes: [axis, { ...axis, size: 50 }],
        series: [
          {},
          ...lines.map((line) => ({
            label: line.label,
            stroke: colour(line.colour),
            width: 2,
            points: { show: times.length < 3 },
          })),
        ],
      },
      [times, ...lines.map((line) => line.values)],
      box,
    );
    const observer = new ResizeObserver(() => plot.setSize({ width: box.clientWidth, height: HEIGHT }));
    observer.observe(box);
    return () => {
      observer.disconnect();
      plot.destroy();
    };
  }, [times, lines, shownTheme]);
  return <div className="plot" ref={place} />;
}
