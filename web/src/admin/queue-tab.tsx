import { useQuery } from "@tanstack/react-query";
import { queries } from "../api/queries";
import { formatDuration } from "../parts/format";
import { Link } from "../parts/link";
import { LoadCharts } from "../parts/load-charts";
import { QueryView } from "../parts/query-view";
import { Tile } from "../parts/tile";

/** The queue and the workers. */
export function QueueTab() {
  const status = useQuery(queries.status());
  return (
    <>
      <QueryView query={status}>
        {({ queued, running, capacity, workers, uptime, version }) => (
          <dl className="tiles">
            <Tile name="Queued" value={String(queued)} />
            <Tile name="Busy slots" value={`${running} of ${capacity}`} />
            <Tile name="Workers" value={String(workers)} />
            <Tile name="Uptime" value={formatDuration(uptime)} />
            <Tile name="Version" value={version} />
          </dl>
        )}
      </QueryView>
      <LoadCharts />
      <p>
        <Link to="/status">Layers of isolation and languages</Link>
      </p>
    </>
  );
}
