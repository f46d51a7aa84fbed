-- Several judgements of one submission, beside each other: a rejudge adds one.
ALTER TABLE judgements
    ADD COLUMN number          BIGINT NOT NULL DEFAULT 1,   -- from 1
    ADD COLUMN problem_version TEXT,                        -- digest of the package
    ADD COLUMN status          TEXT NOT NULL DEFAULT 'Completed'
        CHECK (status IN ('Completed', 'Failed', 'Cancelled')),
    ALTER COLUMN verdict DROP NOT NULL,                     -- none if it was cancelled
    DROP CONSTRAINT judgements_pkey,
    ADD PRIMARY KEY (submission, number);
UPDATE judgements SET status = 'Failed' FROM submissions
    WHERE submissions.number = judgements.submission AND submissions.status = 'Failed';

ALTER TABLE submissions
    ADD COLUMN run_all     BOOLEAN NOT NULL DEFAULT false,
    -- Number of judgements that have ended, and which of them is the submission's; 0 for none.
    ADD COLUMN judged      BIGINT NOT NULL DEFAULT 0,
    ADD COLUMN shown       BIGINT NOT NULL DEFAULT 0,
    -- Waits to be judged again, with all others to its problem.
    ADD COLUMN rejudge_due BOOLEAN NOT NULL DEFAULT false;
UPDATE submissions SET judged = 1, shown = 1
    WHERE number IN (SELECT submission FROM judgements);
CREATE INDEX due_rejudges ON submissions (number) WHERE rejudge_due;

-- The last rejudge of each problem.
CREATE TABLE rejudges (
    problem_id   TEXT   COLLATE "C" NOT NULL PRIMARY KEY,
    total        BIGINT NOT NULL,
    requested_at BIGINT NOT NULL                -- Unix time in milliseconds
);

-- Results of judgements that go on. A crash may empty it: they are judged again then.
CREATE UNLOGGED TABLE progress (
    submission   BIGINT NOT NULL PRIMARY KEY,
    judgement    BIGINT NOT NULL,
    total_tests  BIGINT NOT NULL,
    test_results TEXT   NOT NULL               -- JSON: [TestResult]
) WITH (fillfactor = 50);
