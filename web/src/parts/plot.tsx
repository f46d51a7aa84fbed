import { useEffect, useRef } from "react";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import type { TestResult } from "../api/client";
import { useStore } from "../store";
import { theme } from "../theme";

const HEIGHT = 170;

interface PlotProps {
  results: TestResult[];
}

export default function Plot(props: PlotProps) {
  // Drawn anew for another theme: the colours come from its style sheet.
  return <ThemedPlot key={useStore(theme)} {...props} />;
}

function ThemedPlot({ results }: PlotProps) {
  const container = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const box = container.current;
    if (!box) return;
    const colour = (name: string) => getComputedStyle(box).getPropertyValue(name).trim();
    const grid = { stroke: colour("--line"), width: 1 };
    const axis = { stroke: colour("--quiet"), grid, ticks: grid, font: "12px system-ui, sans-serif" };
    const bars = uPlot.paths.bars?.({ size: [0.6, 40] });
    const data: uPlot.AlignedData = [
      results.map((result) => result.testCaseNumber),
      results.map((result) => result.executionTime),
      results.map((result) => result.memoryUsed / (1 << 20)),
    ];
    const plot = new uPlot(
      {
        width: box.clientWidth,
        height: HEIGHT,
        legend: { show: false },
        cursor: { show: false },
        scales: {
          x: { time: false, range: [0.5, results.length + 0.5] },
          ms: { range: fromZero },
          mb: { range: fromZero },
        },
        axes: [
          { ...axis, incrs: [1, 2, 5, 10, 20, 50, 100] },
          { ...axis, scale: "ms", size: 60, values: (_, all) => all.map((ms) => `${ms} ms`) },
          {
            ...axis,
            scale: "mb",
            side: 1,
            size: 64,
            grid: { show: false },
            values: (_, all) => all.map((mb) => `${mb} MiB`),
          },
        ],
        series: [
          {},
          {
            label: "Time",
            scale: "ms",
            paths: bars,
            fill: colour("--accent"),
            stroke: colour("--accent"),
            points: { show: false },
          },
          { label: "Memory", scale: "mb", stroke: colour("--warm"), width: 2, points: { size: 5 } },
        ],
      },
      data,
      box,
    );
    const observer = new ResizeObserver(() => plot.setSize({ width: box.clientWidth, height: HEIGHT }));
    observer.observe(box);
    return () => {
      observer.disconnect();
      plot.destroy();
    };
  }, [results]);
  return <div className="plot" ref={container} />;
}

function fromZero(_: uPlot, __: number, max: number): [number, number] {
  return [0, max > 0 ? max * 1.15 : 1];
}
