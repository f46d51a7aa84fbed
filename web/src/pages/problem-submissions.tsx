import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { RequireAccount } from "../account/require-account";
import { useAccount } from "../account/session";
import { csvAddress } from "../api/admin";
import type { Schemas } from "../api/client";
import { queries } from "../api/queries";
import { type Column, PagedTable } from "../parts/data-table";
import { formatDateTime, formatMebibytes, formatMilliseconds } from "../parts/format";
import { Link } from "../parts/link";
import { VerdictBadge } from "../parts/verdict";
import { NotFound } from "./not-found";

type NamedSubmission = Schemas["NamedSubmission"];

const COLUMNS: Column<NamedSubmission>[] = [
  {
    name: "Person",
    cell: ({ userName, userId }) =>
      userName === null ? userId : <Link to={`/users/${encodeURIComponent(userName)}`}>{userName}</Link>,
  },
  {
    name: "Verdict and code",
    cell: ({ id, verdict, status }) => (
      <Link to={`/submissions/${id}`}>{verdict ? <VerdictBadge verdict={verdict} /> : status}</Link>
    ),
  },
  { name: "Language", cell: ({ language }) => language },
  {
    name: "Time, memory",
    cell: ({ verdict }) =>
      verdict && verdict.status !== "Compilation Error"
        ? `${formatMilliseconds(verdict.maxTime)}, ${formatMebibytes(verdict.maxMemory)}`
        : "",
    className: "figures",
  },
  { name: "Submitted", cell: ({ createdAt }) => formatDateTime(createdAt), className: "figures" },
];

/** All submissions to a problem, for those who manage it. */
export default function ProblemSubmissions({ id }: { id: string }) {
  const account = useAccount();
  if (account?.role === "user") return <NotFound />;
  return (
    <div className="page">
      <p>
        <Link to={`/problems/${encodeURIComponent(id)}`}>← Problem</Link>
      </p>
      <RequireAccount what="the submissions to this problem">
        <LoadedSubmissions id={id} />
      </RequireAccount>
    </div>
  );
}

function LoadedSubmissions({ id }: { id: string }) {
  const problem = useQuery(queries.problem(id));
  const submissions = useInfiniteQuery(queries.problemSubmissions(id));
  return (
    <>
      <h1>Submissions to {problem.data?.title ?? id}</h1>
      {submissions.data && (
        <p className="buttons">
          <a href={csvAddress(id, false)} download>
            Export CSV
          </a>
          <a href={csvAddress(id, true)} download>
            Export CSV with code
          </a>
        </p>
      )}
      <PagedTable
        label="Submissions"
        query={submissions}
        rowsOf={(page) => page.submissions}
        columns={COLUMNS}
        keyOf={({ id: submission }) => submission}
        empty="No submissions yet."
      />
    </>
  );
}
