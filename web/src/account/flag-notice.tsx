import type { Schemas } from "../api/client";
import { formatDateTime } from "../parts/format";

const EFFECTS: Record<Schemas["FlagReaction"], string> = {
  log: "Nothing else changes for you.",
  slow: "Until then your programs wait behind those of others, and run one at a time.",
  refuse: "Until then nothing of yours is run or judged.",
};

/** Tells users that they are flagged, why, and for how long. */
export function FlagNotice({
  flag,
  reaction,
}: {
  flag: Schemas["AccountFlag"];
  reaction: Schemas["FlagReaction"];
}) {
  return (
    <div className="notice notice-bad" role="status">
      <p>
        You are flagged until {formatDateTime(flag.until)}: {flag.reason} {EFFECTS[reaction]} If that is a
        mistake, ask the people who run this service.
      </p>
    </div>
  );
}
