import { useQuery } from "@tanstack/react-query";
import { useMayWork } from "../account/session";
import { queries } from "../api/queries";
import { plural } from "./format";

/** Comparisons with fewer people are not shown. */
const MIN_OTHERS = 3;

/** Compares an accepted submission with other people's; shows nothing if that fails. */
export function Comparison({ submissionId }: { submissionId: string }) {
  const { data } = useQuery({ ...queries.comparison(submissionId), enabled: useMayWork() });
  if (data === undefined || data.others < MIN_OTHERS) return null;
  const { others, slower, larger } = data;
  const share = (count: number) => Math.round((100 * count) / others);
  return (
    <div className="comparison">
      <ComparisonBar label={`Faster than ${share(slower)} %`} share={share(slower)} />
      <ComparisonBar label={`Less memory than ${share(larger)} %`} share={share(larger)} />
      <p className="quiet">
        Compared with the fastest submissions of {plural(others, "other person", "other people")} who solved
        this problem in the same language recently.
      </p>
    </div>
  );
}

function ComparisonBar({ label, share }: { label: string; share: number }) {
  return (
    <p>
      <span className="comparison-bar" style={{ width: `${Math.max(1, share)}%` }} aria-hidden="true" />
      <span>{label}</span>
    </p>
  );
}
