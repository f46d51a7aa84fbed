import { useEffect, useRef } from "react";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { useStore } from "../store";
import { theme } from "../theme";

const HEIGHT = 170;
/** Shortest time range of the chart, in seconds; matters after a start of the server. */
const MIN_RANGE_SECONDS = 600;

export interface Line {
  label: string;
  /** Name of a custom property of the style sheet. */
  colour: string;
  values: number[];
}

interface HistoryPlotProps {
  /** Unix times in seconds, oldest first. */
  times: number[];
  lines: Line[];
}

export default function HistoryPlot(props: HistoryPlotProps) {
  // Drawn anew for another theme: the colours come from its style sheet.
  return <ThemedPlot key={useStore(theme)} {...props} />;
}

function ThemedPlot({ times, lines }: HistoryPlotProps) {
  const container = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const box = container.current;
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
          x: { range: (_, min, max) => [Math.min(min, max - MIN_RANGE_SECONDS), max] },
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
  }, [times, lines]);
  return <div className="plot" ref={container} />;
}
