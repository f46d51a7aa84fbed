import { useQuery } from "@tanstack/react-query";
import type { ServiceStatus } from "../api/client";
import { queries } from "../api/queries";
import { formatDuration, plural } from "../parts/format";
import { LoadCharts } from "../parts/load-charts";
import { QueryView } from "../parts/query-view";
import { useStore } from "../store";
import { load } from "../stream/live";

const LAYERS: [string, string][] = [
  ["namespaces", "Each program sees only itself: no other process, network or host name."],
  ["cgroups", "Memory, processes and CPU are bounded, and measured here."],
  ["seccomp", "A list of the system calls that honest programs need; anything else ends the run."],
  ["filesystem", "A read-only root with just the toolchain, Landlock on top."],
  ["network", "None."],
];

export default function StatusPage() {
  const status = useQuery(queries.status());
  const languages = useQuery(queries.languages());
  const live = useStore(load);
  return (
    <div className="page">
      <h1>Status</h1>
      <QueryView query={status}>{(polled) => <StatusDetails status={{ ...polled, ...live }} />}</QueryView>
      <LoadCharts />
      <h2>Languages</h2>
      <QueryView query={languages}>
        {(installed) => (
          <ul className="facts">
            {installed.map((language) => (
              <li key={language.id}>
                <span className={`state state-${language.status === "available" ? "good" : "bad"}`}>
                  {language.status === "available" ? "Available" : "Missing"}
                </span>
                <strong>{language.name}</strong>
                <span className="quiet">{language.detail ?? language.version}</span>
              </li>
            ))}
          </ul>
        )}
      </QueryView>
      <p className="quiet footnote">
        {status.data && `Let'sCode ${status.data.version} · `}
        <a href="/api/docs">API</a> · <a href="/metrics">Metrics</a>
      </p>
    </div>
  );
}

function StatusDetails({ status }: { status: ServiceStatus }) {
  const busy = status.capacity === 0 ? 0 : Math.min(1, status.running / status.capacity);
  return (
    <>
      <dl className="tiles">
        <Tile name="Waiting" value={String(status.queued)} />
        <Tile name="Being judged" value={`${status.running} of ${status.capacity}`} />
        <Tile name="Workers" value={String(status.workers)} />
        <Tile name="Up for" value={formatDuration(status.uptime)} />
      </dl>
      <label className="meter">
        <span className="quiet">Load</span>
        <meter min={0} max={1} low={0.6} high={0.8} optimum={0} value={busy} />
      </label>
      {status.coldInterpreters.length > 0 && (
        <p className="notice">
          Slow to start: no interpreter waits for programs in {status.coldInterpreters.join(", ")}. They run
          all the same.
        </p>
      )}
      <p className="quiet">{ahead(status)}</p>
      <h2>Layers of isolation</h2>
      {status.degradedLayers.length > 0 && (
        <p className="notice notice-bad">
          This installation was told to run with {plural(status.degradedLayers.length, "weaker layer")}:{" "}
          {status.degradedLayers.join(", ")}. <code>letscode doctor</code> says how to mend that.
        </p>
      )}
      <ul className="facts">
        {LAYERS.map(([layer, words]) => {
          const isWeak = status.degradedLayers.includes(layer);
          return (
            <li key={layer}>
              <span className={`state state-${isWeak ? "bad" : "good"}`}>
                {isWeak ? "Degraded" : "Enforced"}
              </span>
              <strong>{layer}</strong>
              <span className="quiet">{words}</span>
            </li>
          );
        })}
      </ul>
    </>
  );
}

function ahead({ compilesDrafts, foresight }: ServiceStatus): string {
  const drafts = compilesDrafts
    ? "C++ and Rust are compiled while they are written, whenever nothing else is to be done."
    : "Programs are compiled when they are submitted.";
  const { predicted, hit, hitRate } = foresight;
  if (typeof hitRate !== "number") return drafts;
  const share = `${Math.round(hitRate * 100)} %`;
  return `${drafts} A person's next language was foreseen ${hit} of ${predicted} times (${share}).`;
}

function Tile({ name, value }: { name: string; value: string }) {
  return (
    <div className="tile">
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}
