-- Who did what. Rows are added, and deleted when they are old; none is ever changed.
CREATE TABLE audit_events (
    number  BIGINT NOT NULL GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at      BIGINT  NOT NULL,                   -- Unix time in milliseconds
    action  TEXT    NOT NULL,
    actor   TEXT    NOT NULL,
    subject TEXT,
    event   TEXT    NOT NULL                    -- JSON: AuditEvent
);
CREATE INDEX audit_events_of_actor   ON audit_events (actor, number);
CREATE INDEX audit_events_on_subject ON audit_events (subject, number);
CREATE INDEX audit_events_of_action  ON audit_events (action, number);

-- Programs that were ended for something that they may not do.
CREATE TABLE violations (
    number          BIGINT NOT NULL GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    origin          TEXT    NOT NULL UNIQUE,    -- the work that it was found in
    at              BIGINT  NOT NULL,           -- Unix time in milliseconds
    counted_at      BIGINT  NOT NULL,           -- the same, but never before an earlier row's
    user_id         TEXT    NOT NULL,
    counted_user    TEXT,                       -- whom it counts against
    counted_address TEXT,
    record          TEXT    NOT NULL            -- JSON: NewViolation
);
CREATE INDEX violations_of_user    ON violations (user_id, number);
CREATE INDEX violations_by_user    ON violations (counted_user, number);
CREATE INDEX violations_by_address ON violations (counted_address, number);

-- Apart, so that lists do not read past it.
CREATE TABLE evidence (
    violation BIGINT  NOT NULL PRIMARY KEY REFERENCES violations (number),
    content   BYTEA   NOT NULL                  -- JSON: ViolationEvidence, compressed
);

-- Flags that were set and lifted: the last row of a subject is what holds.
CREATE TABLE flags (
    number          BIGINT NOT NULL GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    subject_kind    TEXT    NOT NULL CHECK (subject_kind IN ('user', 'address')),
    subject         TEXT    NOT NULL,
    is_set          BOOLEAN NOT NULL,
    at              BIGINT  NOT NULL,           -- Unix time in milliseconds
    until           BIGINT  NOT NULL,           -- likewise
    ends_at         BIGINT  NOT NULL,           -- the same by the clock of `counted_at`
    last_violation  BIGINT  NOT NULL,           -- number of the newest violation at that time
    reason          TEXT    NOT NULL,
    actor           TEXT    NOT NULL
);
CREATE INDEX flags_of_subject ON flags (subject_kind, subject, number);
