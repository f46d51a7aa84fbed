import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import type { Evidence, EvidenceText, Violation, ViolationDetail, ViolationFilter } from "../api/admin";
import { type Column, HiddenName, PagedTable } from "../parts/data-table";
import { Field } from "../parts/field";
import { formatDateTime, formatMebibytes, formatMilliseconds } from "../parts/format";
import { Link } from "../parts/link";
import { QueryView } from "../parts/query-view";
import { TextBlock } from "../parts/text-block";
import { adminQueries } from "./admin-queries";

const KINDS: Record<Violation["kind"], string> = {
  deniedCall: "denied call",
  syscallRate: "too many system calls",
  memoryGrowth: "memory grew too fast",
};

function describeCall({ kind, call }: Violation): string {
  return call ? `${call.name}(${call.arguments.join(", ")})` : KINDS[kind];
}

export function ViolationsTab() {
  const [filter, setFilter] = useState<ViolationFilter>({});
  const [shown, setShown] = useState<number>();
  const violations = useInfiniteQuery(adminQueries.violations(filter));
  if (shown !== undefined) return <Detail id={shown} onBack={() => setShown(undefined)} />;
  const onSubmit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const values = new FormData(event.currentTarget);
    const since = Date.parse(String(values.get("since")));
    setFilter({
      user: String(values.get("user")).trim() || undefined,
      since: Number.isNaN(since) ? undefined : since,
    });
  };
  const columns: Column<Violation>[] = [
    { name: "Time", cell: ({ time }) => formatDateTime(time), className: "figures" },
    { name: "User", cell: ({ userId }) => userId, className: "id" },
    { name: "What", cell: describeCall, className: "id" },
    { name: "Language", cell: ({ language }) => language },
    { name: "Problem", cell: ({ problemId }) => problemId ?? "" },
    {
      name: <HiddenName>Evidence</HiddenName>,
      cell: ({ id }) => (
        <button type="button" className="plain" onClick={() => setShown(id)}>
          Evidence <span className="hidden">of violation {id}</span>
        </button>
      ),
    },
  ];
  return (
    <>
      <form className="filters" onSubmit={onSubmit}>
        <Field label="User id" name="user" defaultValue={filter.user} autoComplete="off" />
        <Field label="Since" name="since" type="date" />
        <button type="submit">Filter</button>
      </form>
      <PagedTable
        label="Violations"
        query={violations}
        rowsOf={(page) => page.violations}
        columns={columns}
        keyOf={({ id }) => id}
        empty="There are no violations."
      />
    </>
  );
}

function Detail({ id, onBack }: { id: number; onBack(): void }) {
  const violation = useQuery(adminQueries.violation(id));
  return (
    <>
      <p>
        <button type="button" onClick={onBack}>
          ← All violations
        </button>
      </p>
      <h2>Violation {id}</h2>
      <QueryView query={violation}>{(detail) => <Facts detail={detail} />}</QueryView>
    </>
  );
}

function Facts({ detail }: { detail: ViolationDetail }) {
  const { time, userId, address, language, problemId, submissionId, runId, test, stage, worker } = detail;
  return (
    <>
      <dl className="settings">
        <Fact name="What">{describeCall(detail)}</Fact>
        <Fact name="Time">{formatDateTime(time)}</Fact>
        <Fact name="User">{userId}</Fact>
        <Fact name="Address">{address ?? "unknown"}</Fact>
        <Fact name="Language">{language}</Fact>
        <Fact name="Stage">{stage}</Fact>
        {problemId && <Fact name="Problem">{problemId}</Fact>}
        {submissionId && (
          <Fact name="Submission">
            <Link to={`/submissions/${submissionId}`}>{submissionId}</Link>
          </Fact>
        )}
        {runId && <Fact name="Run">{runId}</Fact>}
        {test != null && <Fact name="Test">{test}</Fact>}
        <Fact name="Worker">{worker}</Fact>
      </dl>
      {detail.evidence ? (
        <EvidenceView evidence={detail.evidence} />
      ) : (
        <p className="notice">There is no evidence of it any more.</p>
      )}
      <p className="quiet">
        <code>letscode violations show {detail.id} --export DIR</code> writes what repeats it.
      </p>
    </>
  );
}

function EvidenceView({ evidence }: { evidence: Evidence }) {
  const { run, executionTime, memoryUsed, toolchain, policy, stdout, stderr, isTruncated } = evidence;
  return (
    <>
      <dl className="settings">
        <Fact name="CPU time">{formatMilliseconds(executionTime)}</Fact>
        <Fact name="Memory">{formatMebibytes(memoryUsed)}</Fact>
        <Fact name="Toolchain">{toolchain}</Fact>
        <Fact name="Policy">{policy}</Fact>
      </dl>
      {isTruncated && <p className="notice">Parts were left out because they are too large.</p>}
      {run.files.map(({ name, content }) => (
        <TextBlock key={name ?? ""} name={name ?? "Program"} text={textOf(content)} />
      ))}
      <TextBlock name="Input" text={textOf(run.stdin ?? "")} />
      <TextBlock name="Output" text={excerpt(stdout)} />
      <TextBlock name="Standard error" text={excerpt(stderr)} />
    </>
  );
}

/** Returns a text for people; of bytes that are no text, their base64. */
function textOf(text: EvidenceText): string {
  return typeof text === "string" ? text : `base64: ${text.base64}`;
}

function excerpt({ first, last, totalBytes }: Evidence["stdout"]): string {
  const [start, end] = [textOf(first), textOf(last)];
  return end === "" ? start : `${start}\n… of ${totalBytes} bytes …\n${end}`;
}

function Fact({ name, children }: { name: string; children: React.ReactNode }) {
  return (
    <>
      <dt className="quiet">{name}</dt>
      <dd>{children}</dd>
    </>
  );
}
