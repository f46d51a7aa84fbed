-- The contents of packages. A file is stored once, by its hash, however many packages and versions
-- of them have it; in parts, so that nobody needs a whole one in memory.
CREATE TABLE blobs (
    hash  BYTEA  NOT NULL PRIMARY KEY,          -- BLAKE3
    bytes BIGINT NOT NULL
);
CREATE TABLE parts (
    blob     BYTEA   NOT NULL REFERENCES blobs (hash) ON DELETE CASCADE,
    number   INTEGER NOT NULL,
    contents BYTEA   NOT NULL,
    PRIMARY KEY (blob, number)
);
CREATE TABLE packages (
    digest TEXT   NOT NULL PRIMARY KEY,
    bytes  BIGINT NOT NULL                      -- of all its files
);
CREATE TABLE package_files (
    package    TEXT    NOT NULL REFERENCES packages (digest) ON DELETE CASCADE,
    path       TEXT    COLLATE "C" NOT NULL,
    blob       BYTEA   NOT NULL REFERENCES blobs (hash),
    executable BOOLEAN NOT NULL,
    PRIMARY KEY (package, path)
);
-- For the question whether anybody still has a blob.
CREATE INDEX files_of_blob ON package_files (blob);

-- Problems. `summary` repeats a part of `detail`, so that the list reads no statements. JSON as
-- text: it is never looked into here, and a NUL in it stays what it is.
CREATE TABLE problems (
    id          TEXT   COLLATE "C" NOT NULL PRIMARY KEY,
    digest      TEXT   NOT NULL REFERENCES packages (digest),
    summary     TEXT   NOT NULL,                -- JSON: ProblemSummary
    detail      TEXT   NOT NULL,                -- JSON: ProblemDetail
    imported_at BIGINT NOT NULL                 -- Unix time in milliseconds
);
CREATE INDEX problems_with_package ON problems (digest);

-- `number` is the order of arrival: what pages and recovery go by. No index has `status`: how far
-- judging has come is written often, and then within the row's page alone.
CREATE TABLE submissions (
    number         BIGINT  GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id             UUID    NOT NULL UNIQUE,
    user_id        TEXT    NOT NULL,
    problem_id     TEXT    COLLATE "C" NOT NULL REFERENCES problems (id),
    language       TEXT    NOT NULL,
    is_custom_test BOOLEAN NOT NULL,
    status         TEXT    NOT NULL DEFAULT 'Queued'
        CHECK (status IN ('Queued', 'Compiling', 'Running', 'Completed', 'Failed')),
    is_open        BOOLEAN NOT NULL DEFAULT true,
    created_at     BIGINT  NOT NULL,            -- Unix time in milliseconds
    CHECK (is_open = (status NOT IN ('Completed', 'Failed')))
) WITH (fillfactor = 85);

CREATE INDEX submissions_of_user            ON submissions (user_id, number);
CREATE INDEX submissions_of_user_to_problem ON submissions (user_id, problem_id, number);
CREATE INDEX submissions_to_problem         ON submissions (problem_id, number);
-- What recovery looks at: few rows, however many submissions there are.
CREATE INDEX open_submissions               ON submissions (number) WHERE is_open;

-- Up to 1 MiB each, and only the judge wants it: apart, so that lists do not read past it. Bytes,
-- for PostgreSQL's text can't hold every string: a program may print a NUL, and so may a compiler.
CREATE TABLE sources (
    submission BIGINT NOT NULL PRIMARY KEY REFERENCES submissions (number),
    code       BYTEA  NOT NULL                  -- UTF-8
);

CREATE TABLE judgements (
    submission      BIGINT NOT NULL PRIMARY KEY REFERENCES submissions (number),
    verdict         TEXT   NOT NULL,            -- JSON: VerdictSummary
    test_results    TEXT   NOT NULL,            -- JSON: [TestResult]
    compiler_output BYTEA  NOT NULL,            -- UTF-8
    internal_error  BYTEA,                      -- UTF-8; ours to read, never shown
    judged_at       BIGINT NOT NULL,            -- Unix time in milliseconds
    verified_by     TEXT   NOT NULL DEFAULT 'server' CHECK (verified_by IN ('server', 'client'))
);

-- What the browser said of submissions that the server judges all the same.
CREATE TABLE claims (
    submission BIGINT NOT NULL PRIMARY KEY REFERENCES submissions (number),
    verdict    JSONB  NOT NULL                  -- VerdictSummary
);

-- Users who claimed what was not so, by the first submission that showed it.
CREATE TABLE disbelieved (
    user_id    TEXT   NOT NULL PRIMARY KEY,
    submission BIGINT NOT NULL REFERENCES submissions (number),
    since      BIGINT NOT NULL                  -- Unix time in milliseconds
);
