import { useQuery } from "@tanstack/react-query";
import type { ServiceStatus } from "../api/client";
import { queries } from "../api/queries";
import { formatDuration, plural } from "../parts/format";
import { LoadCharts } from "../parts/load-charts";
import { QueryView } from "../parts/query-view";
import { Tile } from "../parts/tile";
import { useStore } from "../store";
import { load } from "../stream/live";

const LAYERS: [string, string][] = [
  ["namespaces", "Each program sees only itself: no other processes, no network, no host name."],
  ["cgroups", "Memory, processes and CPU time are limited and measured."],
  ["seccomp", "Only a list of harmless system calls is allowed; any other ends the run."],
  ["filesystem", "The root is read-only and has only the toolchain, with Landlock on top."],
  ["network", "No network access."],
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
  const load = status.capacity === 0 ? 0 : Math.min(1, status.running / status.capacity);
  return (
    <>
      <dl className="tiles">
        <Tile name="Queued" value={String(status.queued)} />
        <Tile name="Busy slots" value={`${status.running} of ${status.capacity}`} />
        <Tile name="Workers" value={String(status.workers)} />
        <Tile name="Uptime" value={formatDuration(status.uptime)} />
      </dl>
      <label className="meter">
        <span className="quiet">Load</span>
        <meter min={0} max={1} low={0.6} high={0.8} optimum={0} value={load} />
      </label>
      {status.coldInterpreters.length > 0 && (
        <p className="notice">
          No warm interpreter for {status.coldInterpreters.join(", ")}: programs run, but start more slowly.
        </p>
      )}
      {status.slowCompilers.length > 0 && (
        <p className="notice">
          Programs in {status.slowCompilers.join(", ")} compile more slowly for now.{" "}
          <code>letscode doctor</code> and the log say why.
        </p>
      )}
      {status.hasUntrustedProxy && (
        <p className="notice notice-bad">
          Requests come through a proxy that <code>--trusted-proxy</code> doesn't name: all its clients count
          as one address. The log names it.
        </p>
      )}
      <p className="quiet">{describeSpeculation(status)}</p>
      {status.watch !== null && <p className="quiet">{WATCH_MODES[status.watch]}</p>}
      <h2>Layers of isolation</h2>
      {status.degradedLayers.length > 0 && (
        <p className="notice notice-bad">
          This installation runs with {plural(status.degradedLayers.length, "weaker layer")}:{" "}
          {status.degradedLayers.join(", ")}. <code>letscode doctor</code> explains how to fix that.
        </p>
      )}
      <ul className="facts">
        {LAYERS.map(([layer, description]) => {
          const isWeak = status.degradedLayers.includes(layer);
          return (
            <li key={layer}>
              <span className={`state state-${isWeak ? "bad" : "good"}`}>
                {isWeak ? "Degraded" : "Enforced"}
              </span>
              <strong>{layer}</strong>
              <span className="quiet">{description}</span>
            </li>
          );
        })}
      </ul>
    </>
  );
}

const WATCH_MODES: Record<NonNullable<ServiceStatus["watch"]>, string> = {
  off: "How fast programs make system calls and take memory is not watched.",
  observe: "Programs that make system calls or take memory far faster than others are reported.",
  enforce: "Programs that make system calls or take memory far faster than others are ended.",
  hardened: "Programs end at 10,000 system calls or 100 MB more memory a second.",
};

function describeSpeculation({ compilesDrafts, foresight }: ServiceStatus): string {
  const drafts = compilesDrafts
    ? "Drafts are compiled while they are written, if the service is idle."
    : "Programs are compiled when they are submitted.";
  const { predicted, hit, hitRate } = foresight;
  if (typeof hitRate !== "number") return drafts;
  const share = `${Math.round(hitRate * 100)} %`;
  return `${drafts} The next language of a user was predicted ${hit} of ${predicted} times (${share}).`;
}
