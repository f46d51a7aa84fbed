import { RequireAccount } from "../account/require-account";
import { session } from "../account/session";
import { SubmissionList } from "../parts/submission-list";
import { useStore } from "../store";

export default function Submissions() {
  const { mode } = useStore(session);
  return (
    <div className="page">
      <h1>Your submissions</h1>
      {mode === "open" && (
        <p className="quiet">There are no accounts here: these are the submissions of this browser.</p>
      )}
      <RequireAccount what="your submissions">
        <SubmissionList />
      </RequireAccount>
    </div>
  );
}
