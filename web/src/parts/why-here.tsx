import type { Route } from "../workbench/use-route";

const WHERE: Record<Route["strategy"], string> = {
  client: "In your browser.",
  server: "On the server.",
  hybrid: "In your browser, and on the server if that falls short.",
};

/** The router's reasons, for whoever asks. */
export function WhyHere({ route }: { route: Route }) {
  return (
    <details className="why-here">
      <summary>Why here?</summary>
      <p>{WHERE[route.strategy]}</p>
      <ul>
        {route.reasons.map((reason) => (
          <li key={reason}>{reason}</li>
        ))}
      </ul>
    </details>
  );
}
