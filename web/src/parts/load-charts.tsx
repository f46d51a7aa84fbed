import { useQuery } from "@tanstack/react-query";
import { lazy, Suspense, useMemo } from "react";
import type { StatusHistory } from "../api/client";
import { queries } from "../api/queries";
import { formatMebibytes } from "./format";
import type { Line } from "./history-plot";

const HistoryPlot = lazy(() => import("./history-plot"));

/** Charts of the server's last hour; nothing if there is no history. */
export function LoadCharts() {
  const { data } = useQuery(queries.statusHistory());
  return data && data.samples.length > 0 ? <Charts history={data} /> : null;
}

function Charts({ history }: { history: StatusHistory }) {
  const { samples } = history;
  const times = useMemo(() => samples.map((sample) => sample.at / 1000), [samples]);
  const jobs = useMemo<Line[]>(
    () => [
      { label: "Waiting", colour: "--accent", values: samples.map((sample) => sample.queued) },
      { label: "Running", colour: "--warm", values: samples.map((sample) => sample.running) },
    ],
    [samples],
  );
  const machine = useMemo<Line[]>(
    () => [{ label: "Load", colour: "--accent", values: samples.map((sample) => sample.load) }],
    [samples],
  );
  const most = Math.max(...samples.map((sample) => sample.queued));
  const last = samples[samples.length - 1];
  const memory = last ? formatMebibytes(last.memory) : "";
  return (
    <section aria-label="The last hour">
      <h2>The last hour</h2>
      <Chart caption={`Jobs waiting (${most} at most) and jobs running.`} times={times} lines={jobs} />
      <Chart
        caption={`Load of the server's machine: ${last?.load ?? 0} now. The server uses ${memory} of memory.`}
        times={times}
        lines={machine}
      />
    </section>
  );
}

function Chart({ caption, times, lines }: { caption: string; times: number[]; lines: Line[] }) {
  return (
    <figure className="chart">
      <figcaption className="quiet">{caption}</figcaption>
      <div aria-hidden="true">
        <Suspense fallback={<div className="plot" />}>
          <HistoryPlot times={times} lines={lines} />
        </Suspense>
      </div>
    </figure>
  );
}
