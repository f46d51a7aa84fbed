import type { Placement } from "../workbench/use-placement";

const DESCRIPTIONS: Record<Placement["strategy"], string> = {
  client: "In your browser.",
  server: "On the server.",
  hybrid: "In your browser, and on the server if your browser reaches a limit.",
};

/** The reasons for a run's placement, folded. */
export function PlacementReasons({ placement }: { placement: Placement }) {
  return (
    <details className="why-here">
      <summary>Why here?</summary>
      <p>{DESCRIPTIONS[placement.strategy]}</p>
      <ul>
        {placement.reasons.map((reason) => (
          <li key={reason}>{reason}</li>
        ))}
      </ul>
    </details>
  );
}
