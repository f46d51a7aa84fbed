import type { Placement } from "../workbench/use-placement";

const WHERE: Record<Placement["strategy"], string> = {
  client: "In your browser.",
  server: "On the server.",
  hybrid: "In your browser, and on the server if that falls short.",
};

/** The router's reasons, for whoever asks. */
export function PlacementReasons({ placement }: { placement: Placement }) {
  return (
    <details className="why-here">
      <summary>Why here?</summary>
      <p>{WHERE[placement.strategy]}</p>
      <ul>
        {placement.reasons.map((reason) => (
          <li key={reason}>{reason}</li>
        ))}
      </ul>
    </details>
  );
}
