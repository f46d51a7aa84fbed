-- The clock by which the audit log counts ages. Each write moves it by what the wall clock has moved,
-- by a quarter of an hour at most and never back: no jump of the wall clock makes anything old.
CREATE TABLE audit_clock (
    id     BIGINT NOT NULL PRIMARY KEY CHECK (id = 1),
    wall   BIGINT NOT NULL,                     -- the wall clock at that time, Unix milliseconds
    steady BIGINT NOT NULL
);
INSERT INTO audit_clock (id, wall, steady)
    SELECT 1, now, now
    FROM (SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint AS now) AS clock;

-- By the steady clock. Processes of an earlier version insert rows without it.
ALTER TABLE audit_events ADD COLUMN counted_at BIGINT;
UPDATE audit_events SET counted_at = at;
ALTER TABLE audit_events
    ALTER COLUMN counted_at SET DEFAULT (extract(epoch FROM clock_timestamp()) * 1000)::bigint,
    ALTER COLUMN counted_at SET NOT NULL;

-- Evidence is bounded for each user and address, and in all.
ALTER TABLE evidence
    ADD COLUMN user_id TEXT,
    ADD COLUMN address TEXT,
    ADD COLUMN kept_at BIGINT NOT NULL DEFAULT 0,           -- by the steady clock
    ADD COLUMN bytes   BIGINT NOT NULL DEFAULT 0;
UPDATE evidence SET bytes = length(content), user_id = v.user_id, address = v.counted_address,
    kept_at = v.counted_at FROM violations v WHERE v.number = violation;
CREATE INDEX evidence_of_user    ON evidence (user_id, kept_at);
CREATE INDEX evidence_by_address ON evidence (address, kept_at);
CREATE INDEX evidence_sizes      ON evidence (bytes);

-- Ids of browsers whose submissions an account has taken: they are erased with it.
CREATE TABLE claimed_users (
    user_id TEXT NOT NULL PRIMARY KEY,
    account TEXT NOT NULL
);
CREATE INDEX claimed_users_of_account ON claimed_users (account);

-- Users who were erased, while work from before may still end.
CREATE TABLE erased_users (
    user_id   TEXT   NOT NULL PRIMARY KEY,
    erased_at BIGINT NOT NULL                   -- by the steady clock
);

-- On what terms a submission waits, until it is judged; JSON: TurnTerms.
ALTER TABLE submissions ADD COLUMN terms TEXT;
