import { useMutation, useQuery } from "@tanstack/react-query";
import { type FormEvent, useRef, useState } from "react";
import { adminApi, uploadPackage } from "../api/admin";
import { ApiError, errorMessage, type ProblemSummary } from "../api/client";
import { queries, queryClient } from "../api/queries";
import { type Column, DataTable, HiddenName } from "../parts/data-table";
import { formatMebibytes, formatMilliseconds } from "../parts/format";
import { Link } from "../parts/link";
import { QueryView } from "../parts/query-view";
import { QuestionButton } from "../parts/question";
import { adminQueries } from "./admin-queries";

const reloadProblems = () => queryClient.invalidateQueries(queries.problems());

const COLUMNS: Column<ProblemSummary>[] = [
  {
    name: "Problem",
    cell: ({ id, title }) => <Link to={`/problems/${encodeURIComponent(id)}`}>{title}</Link>,
  },
  { name: "Id", cell: ({ id }) => id, className: "id" },
  { name: "Tests", cell: ({ totalTests }) => totalTests, className: "figures" },
  {
    name: "Limits",
    cell: ({ timeLimit, memoryLimit }) => `${formatMilliseconds(timeLimit)}, ${formatMebibytes(memoryLimit)}`,
    className: "figures",
  },
  {
    name: <HiddenName>Actions</HiddenName>,
    cell: ({ id }) => (
      <span className="buttons">
        <Link to={`/problems/${encodeURIComponent(id)}/submissions`}>Submissions</Link>
        <Rejudge id={id} />
        <QuestionButton
          label="Remove"
          className="plain"
          question={`Remove the problem ${id}? It takes no submissions any more; those that it has stay.`}
          action={async () => {
            await adminApi.removeProblem(id);
            await reloadProblems();
          }}
        />
      </span>
    ),
  },
];

export function ProblemsTab() {
  const problems = useQuery(queries.problems());
  return (
    <>
      <UploadForm />
      <QueryView query={problems}>
        {(all) =>
          all.length === 0 ? (
            <p className="notice">There are no problems here yet.</p>
          ) : (
            <DataTable label="Problems" columns={COLUMNS} rows={all} keyOf={({ id }) => id} />
          )
        }
      </QueryView>
    </>
  );
}

function Rejudge({ id }: { id: string }) {
  // Progress is asked for once a rejudge was begun here.
  const [isFollowed, setFollowed] = useState(false);
  const progress = useQuery({ ...adminQueries.rejudge(id), enabled: isFollowed });
  const { total, remaining } = progress.data ?? { total: 0, remaining: 0 };
  return (
    <>
      <QuestionButton
        label="Rejudge"
        className="plain"
        question={`Judge all submissions to ${id} again? Verdicts may change.`}
        action={async () => {
          const begun = await adminApi.rejudge(id);
          queryClient.setQueryData(adminQueries.rejudge(id).queryKey, begun);
          setFollowed(true);
        }}
      />
      {isFollowed && progress.data && (
        <span role="status">
          {remaining > 0 ? `${total - remaining} of ${total} judged again` : `all ${total} judged again`}
        </span>
      )}
    </>
  );
}

/** Uploads a package. A problem that exists is replaced only after a question. */
function UploadForm() {
  const [share, setShare] = useState(0);
  const input = useRef<HTMLInputElement>(null);
  const upload = useMutation({
    networkMode: "always",
    mutationFn: ({ file, replaces }: { file: File; replaces?: string }) =>
      uploadPackage(file, replaces, setShare),
    onMutate: () => setShare(0),
    onSuccess: () => {
      if (input.current) input.current.value = "";
      return reloadProblems();
    },
  });
  const onSubmit = (event: FormEvent) => {
    event.preventDefault();
    const file = input.current?.files?.[0];
    if (file) upload.mutate({ file });
  };
  const { error, data } = upload;
  const errors = error instanceof ApiError ? (error.details.errors ?? []) : [];
  const isTaken = error instanceof ApiError && error.kind.endsWith(":problem-exists");
  const fileName = upload.variables?.file.name.replace(/\.zip$/i, "") ?? "";
  return (
    <form className="account-form" onSubmit={onSubmit}>
      <h2>Add a problem</h2>
      <label>
        Package, as a zip archive
        <input ref={input} type="file" accept=".zip,application/zip" required />
      </label>
      {upload.isPending && (
        <p role="status">
          <progress max={1} value={share} aria-label="Sent" />{" "}
          {share < 1 ? `${Math.round(100 * share)} % sent` : "Checking the package"}
        </p>
      )}
      {data && !upload.isPending && (
        <p className="notice" role="status">
          <span>
            {data.title} ({data.id}) is there, with {data.totalTests} tests.
            {data.warnings.map((warning) => (
              <span key={warning} className="quiet">
                <br />
                {warning}
              </span>
            ))}
          </span>
        </p>
      )}
      {error && !upload.isPending && (
        <div className="notice notice-bad" role="alert">
          <p>{errorMessage(error)}</p>
          {errors.length > 0 && (
            <ul>
              {errors.map((text) => (
                <li key={text}>{text}</li>
              ))}
            </ul>
          )}
        </div>
      )}
      <p className="buttons">
        <button type="submit" disabled={upload.isPending}>
          Upload
        </button>
        {isTaken && upload.variables && (
          <ReplaceButton
            initialId={fileName}
            onReplace={(replaces) => upload.mutateAsync({ file: upload.variables.file, replaces })}
          />
        )}
      </p>
    </form>
  );
}

function ReplaceButton({
  initialId,
  onReplace,
}: {
  initialId: string;
  onReplace(id: string): Promise<unknown>;
}) {
  const problems = useQuery(queries.problems());
  return (
    <QuestionButton
      label="Replace a problem"
      question="Which problem does this package replace? Submissions that are being judged finish with the old tests."
      action={(values) => onReplace(String(values.get("id")))}
    >
      <label>
        Problem
        <select name="id" defaultValue={initialId}>
          {problems.data?.map(({ id }) => (
            <option key={id} value={id}>
              {id}
            </option>
          ))}
        </select>
      </label>
    </QuestionButton>
  );
}
