import { SubmissionList } from "../parts/submission-list";

export default function Submissions() {
  return (
    <div className="page">
      <h1>Your submissions</h1>
      <p className="quiet">There are no accounts yet: these are the submissions of this browser.</p>
      <SubmissionList />
    </div>
  );
}
