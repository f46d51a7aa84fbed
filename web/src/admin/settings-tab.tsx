import { useQuery } from "@tanstack/react-query";
import { queries } from "../api/queries";
import { QueryView } from "../parts/query-view";

/** The configuration as it is. It is changed where the service is started. */
export function SettingsTab() {
  const config = useQuery(queries.config());
  return (
    <>
      <p className="quiet">
        Options, environment and file of <code>letscode serve</code> set these values. Sizes are bytes, times
        milliseconds.
      </p>
      <QueryView query={config}>
        {(loaded) => (
          <dl className="settings">
            {flatten(loaded).map(([name, value]) => (
              <Setting key={name} name={name} value={value} />
            ))}
          </dl>
        )}
      </QueryView>
    </>
  );
}

function Setting({ name, value }: { name: string; value: string }) {
  return (
    <>
      <dt>
        <code>{name}</code>
      </dt>
      <dd>{value}</dd>
    </>
  );
}

/** Returns the values of an object with their paths. */
function flatten(value: unknown, path = ""): [string, string][] {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return [[path, Array.isArray(value) ? value.join(", ") : String(value ?? "none")]];
  }
  return Object.entries(value).flatMap(([name, inner]) => flatten(inner, path ? `${path}.${name}` : name));
}
