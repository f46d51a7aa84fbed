-- Problems. `summary` repeats a part of `detail`, so that the list reads no statements.
CREATE TABLE problems (
    id          TEXT    NOT NULL PRIMARY KEY,
    digest      TEXT    NOT NULL,               -- names the package tree
    summary     TEXT    NOT NULL,               -- JSON: ProblemSummary
    detail      TEXT    NOT NULL,               -- JSON: ProblemDetail
    imported_at INTEGER NOT NULL                -- Unix time in milliseconds
) STRICT;

-- `number` is the order of arrival: what pages and recovery go by. AUTOINCREMENT never reuses one.
CREATE TABLE submissions (
    number         INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    id             TEXT    NOT NULL UNIQUE,
    user_id        TEXT    NOT NULL,
    problem_id     TEXT    NOT NULL REFERENCES problems (id),
    language       TEXT    NOT NULL,
    is_custom_test INTEGER NOT NULL,
    status         TEXT    NOT NULL
        CHECK (status IN ('Queued', 'Compiling', 'Running', 'Completed', 'Failed')),
    created_at     INTEGER NOT NULL             -- Unix time in milliseconds
) STRICT;

CREATE INDEX submissions_of_user            ON submissions (user_id, number);
CREATE INDEX submissions_of_user_to_problem ON submissions (user_id, problem_id, number);
CREATE INDEX submissions_to_problem         ON submissions (problem_id, number);
-- What a restart queues again: few rows, however many submissions there are.
CREATE INDEX open_submissions               ON submissions (number)
    WHERE status IN ('Queued', 'Compiling', 'Running');

-- Up to 1 MiB each, and only the judge wants it: apart, so that lists do not read past it.
CREATE TABLE sources (
    submission INTEGER NOT NULL PRIMARY KEY REFERENCES submissions (number),
    code       TEXT    NOT NULL
) STRICT;

CREATE TABLE judgements (
    submission      INTEGER NOT NULL PRIMARY KEY REFERENCES submissions (number),
    verdict         TEXT    NOT NULL,           -- JSON: VerdictSummary
    test_results    TEXT    NOT NULL,           -- JSON: [TestResult]
    compiler_output TEXT    NOT NULL,
    internal_error  TEXT,                       -- ours to read, never shown
    judged_at       INTEGER NOT NULL            -- Unix time in milliseconds
) STRICT;
