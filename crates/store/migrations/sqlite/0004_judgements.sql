-- Several judgements of one submission, beside each other: a rejudge adds one.
ALTER TABLE judgements RENAME TO first_judgements;
CREATE TABLE judgements (
    submission      INTEGER NOT NULL REFERENCES submissions (number),
    number          INTEGER NOT NULL,           -- from 1
    problem_version TEXT,                       -- digest of the package
    status          TEXT    NOT NULL CHECK (status IN ('Completed', 'Failed', 'Cancelled')),
    verdict         TEXT,                       -- JSON: VerdictSummary; none if it was cancelled
    test_results    TEXT    NOT NULL,           -- JSON: [TestResult]
    compiler_output TEXT    NOT NULL,
    internal_error  TEXT,                       -- ours to read, never shown
    judged_at       INTEGER NOT NULL,           -- Unix time in milliseconds
    verified_by     TEXT    NOT NULL DEFAULT 'server' CHECK (verified_by IN ('server', 'client')),
    PRIMARY KEY (submission, number)
) STRICT;
INSERT INTO judgements (submission, number, status, verdict, test_results, compiler_output,
        internal_error, judged_at, verified_by)
    SELECT j.submission, 1, s.status, j.verdict, j.test_results, j.compiler_output,
        j.internal_error, j.judged_at, j.verified_by
    FROM first_judgements j JOIN submissions s ON s.number = j.submission;
DROP TABLE first_judgements;

ALTER TABLE submissions ADD COLUMN run_all INTEGER NOT NULL DEFAULT 0;
-- Number of judgements that have ended, and which of them is the submission's; 0 for none.
ALTER TABLE submissions ADD COLUMN judged INTEGER NOT NULL DEFAULT 0;
ALTER TABLE submissions ADD COLUMN shown INTEGER NOT NULL DEFAULT 0;
-- Is to be judged again with all others to its problem, once it is not open.
ALTER TABLE submissions ADD COLUMN rejudge_due INTEGER NOT NULL DEFAULT 0;
-- Its newest judgement is part of the problem's rejudge.
ALTER TABLE submissions ADD COLUMN rejudging INTEGER NOT NULL DEFAULT 0;
UPDATE submissions SET judged = 1, shown = 1
    WHERE number IN (SELECT submission FROM judgements);
CREATE INDEX due_rejudges ON submissions (number) WHERE rejudge_due = 1;

-- The last rejudge of each problem.
CREATE TABLE rejudges (
    problem_id   TEXT    NOT NULL PRIMARY KEY,
    total        INTEGER NOT NULL,
    requested_at INTEGER NOT NULL               -- Unix time in milliseconds
) STRICT;
