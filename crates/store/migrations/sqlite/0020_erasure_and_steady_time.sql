-- The clock by which the audit log counts ages. Each write moves it by what the wall clock has moved,
-- by a quarter of an hour at most and never back: no jump of the wall clock makes anything old.
CREATE TABLE audit_clock (
    id     INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    wall   INTEGER NOT NULL,                    -- the wall clock at that time, Unix milliseconds
    steady INTEGER NOT NULL
) STRICT;
INSERT INTO audit_clock (id, wall, steady)
    VALUES (1, unixepoch() * 1000, unixepoch() * 1000);

ALTER TABLE audit_events ADD COLUMN counted_at INTEGER NOT NULL DEFAULT 0; -- by the steady clock
UPDATE audit_events SET counted_at = at;

-- Evidence is bounded for each user and address, and in all.
ALTER TABLE evidence ADD COLUMN user_id TEXT;
ALTER TABLE evidence ADD COLUMN address TEXT;
ALTER TABLE evidence ADD COLUMN kept_at INTEGER NOT NULL DEFAULT 0;         -- by the steady clock
ALTER TABLE evidence ADD COLUMN bytes INTEGER NOT NULL DEFAULT 0;
UPDATE evidence SET bytes = length(content);
UPDATE evidence SET (user_id, address, kept_at) = (
    SELECT v.user_id, v.counted_address, v.counted_at FROM violations v WHERE v.number = violation);
CREATE INDEX evidence_of_user    ON evidence (user_id, kept_at);
CREATE INDEX evidence_by_address ON evidence (address, kept_at);
CREATE INDEX evidence_sizes      ON evidence (bytes);

-- Ids of browsers whose submissions an account has taken: they are erased with it.
CREATE TABLE claimed_users (
    user_id TEXT NOT NULL PRIMARY KEY,
    account TEXT NOT NULL
) STRICT;
CREATE INDEX claimed_users_of_account ON claimed_users (account);

-- Users who were erased, while work from before may still end.
CREATE TABLE erased_users (
    user_id   TEXT    NOT NULL PRIMARY KEY,
    erased_at INTEGER NOT NULL                  -- by the steady clock
) STRICT;

-- On what terms a submission waits, until it is judged; JSON: TurnTerms.
ALTER TABLE submissions ADD COLUMN terms TEXT;
