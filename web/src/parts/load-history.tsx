import { lazy, Suspense, useEffect, useMemo } from "react";
import { api, type StatusHistory } from "../api/client";
import { mebibytes } from "./figures";
import type { Line } from "./history-plot";
import { useLoaded } from "./loaded";

const HistoryPlot = lazy(() => import("./history-plot"));

/** The last hour as the server saw it. Nothing is shown where it can't be had: the page is about now. */
export function LoadHistory() {
  const [loading, again] = useLoaded("history", api.history);
  const interval = loading.state === "here" ? loading.value.interval : undefined;
  // biome-ignore lint/correctness/useExhaustiveDependencies: `again` is made anew in each rendering
  useEffect(() => {
    if (interval === undefined) return;
    const timer = setInterval(again, interval);
    return () => clearInterval(timer);
  }, [interval]);
  return loading.state === "here" && loading.value.samples.length > 0 ? (
    <Charts history={loading.value} />
  ) : null;
}

function Charts({ history }: { history: StatusHistory }) {
  const { samples } = history;
  const times = useMemo(() => samples.map((sample) => sample.at / 1000), [samples]);
  const jobs = useMemo<Line[]>(
    () => [
      { label: "Waiting", colour: "--accent", values: samples.map((sample) => sample.queued) },
      { label: "Being judged", colour: "--warm", values: samples.map((sample) => sample.running) },
    ],
    [samples],
  );
  const machine = useMemo<Line[]>(
    () => [{ label: "Load", colour: "--accent", values: samples.map((sample) => sample.load) }],
    [samples],
  );
  const most = Math.max(...samples.map((sample) => sample.queued));
  const last = samples[samples.length - 1];
  const memory = last ? mebibytes(last.memory) : "";
  return (
    <section aria-label="The last hour">
      <h2>The last hour</h2>
      <Chart
        words={`Jobs that waited (at the most ${most}), and that were being judged.`}
        times={times}
        lines={jobs}
      />
      <Chart
        words={`Load of the server's machine: ${last?.load ?? 0} now; the server has ${memory} in memory.`}
        times={times}
        lines={machine}
      />
    </section>
  );
}

function Chart({ words, times, lines }: { words: string; times: number[]; lines: Line[] }) {
  return (
    <figure className="chart">
      <figcaption className="quiet">{words}</figcaption>
      <div aria-hidden="true">
        <Suspense fallback={<div className="plot" />}>
          <HistoryPlot times={times} lines={lines} />
        </Suspense>
      </div>
    </figure>
  );
}
