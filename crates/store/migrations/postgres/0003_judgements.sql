-- Several judgements of one submission, beside each other: a rejudge adds one.
-- Locked in the order of processes that judge meanwhile: no deadlock with them.
LOCK TABLE submissions, judgements;
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
    -- Is to be judged again with all others to its problem, once it is not open.
    ADD COLUMN rejudge_due BOOLEAN NOT NULL DEFAULT false,
    -- Its newest judgement is part of the problem's rejudge.
    ADD COLUMN rejudging   BOOLEAN NOT NULL DEFAULT false;
UPDATE submissions SET judged = 1, shown = 1
    WHERE number IN (SELECT submission FROM judgements);
CREATE INDEX due_rejudges ON submissions (number) WHERE rejudge_due;

-- Processes of an earlier version go on for a while beside new ones, and number no judgements: what
-- they insert is numbered and counted here. Judgements of new processes are counted already.
CREATE FUNCTION number_judgement() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    counted record;
BEGIN
    UPDATE submissions SET judged = judged + 1, shown = judged + 1
        WHERE number = NEW.submission
            AND judged = (SELECT count(*) FROM judgements WHERE submission = NEW.submission)
        RETURNING judged, status INTO counted;
    IF FOUND THEN
        NEW.number := counted.judged;
        NEW.status := counted.status;
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER number_judgement BEFORE INSERT ON judgements
    FOR EACH ROW WHEN (NEW.number = 1) EXECUTE FUNCTION number_judgement();

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
