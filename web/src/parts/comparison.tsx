import { api } from "../api/client";
import { plural } from "./figures";
import { useLoaded } from "./loaded";

/** Fewer say nothing. */
const FEWEST = 3;

/** How an accepted submission compares with other people's. Where that can't be had, nothing is said. */
export function Comparison({ submissionId }: { submissionId: string }) {
  const [loading] = useLoaded(`comparison ${submissionId}`, () => api.comparison(submissionId));
  if (loading.state !== "here" || loading.value.others < FEWEST) return null;
  const { others, slower, larger } = loading.value;
  const share = (count: number) => Math.round((100 * count) / others);
  return (
    <div className="comparison">
      <Beaten words={`Quicker than ${share(slower)} %`} share={share(slower)} />
      <Beaten words={`Less memory than ${share(larger)} %`} share={share(larger)} />
      <p className="quiet">
        Compared with {plural(others, "other person", "other people")} who solved it lately in this language,
        each with their quickest.
      </p>
    </div>
  );
}

function Beaten({ words, share }: { words: string; share: number }) {
  return (
    <p>
      <span className="beaten" style={{ width: `${Math.max(1, share)}%` }} aria-hidden="true" />
      <span>{words}</span>
    </p>
  );
}
