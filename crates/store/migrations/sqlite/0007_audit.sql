-- Who did what. Rows are added, and deleted when they are old; none is ever changed.
CREATE TABLE audit_events (
    number  INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    at      INTEGER NOT NULL,                   -- Unix time in milliseconds
    action  TEXT    NOT NULL,
    actor   TEXT    NOT NULL,
    subject TEXT,
    event   TEXT    NOT NULL                    -- JSON: AuditEvent
) STRICT;
CREATE INDEX audit_events_of_actor   ON audit_events (actor, number);
CREATE INDEX audit_events_on_subject ON audit_events (subject, number);
CREATE INDEX audit_events_of_action  ON audit_events (action, number);

-- Programs that were ended for something that they may not do.
CREATE TABLE violations (
    number          INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    origin          TEXT    NOT NULL UNIQUE,    -- the work that it was found in
    at              INTEGER NOT NULL,           -- Unix time in milliseconds
    counted_at      INTEGER NOT NULL,           -- the same, but never before an earlier row's
    user_id         TEXT    NOT NULL,
    counted_user    TEXT,                       -- whom it counts against
    counted_address TEXT,
    record          TEXT    NOT NULL            -- JSON: NewViolation
) STRICT;
CREATE INDEX violations_of_user    ON violations (user_id, number);
CREATE INDEX violations_by_user    ON violations (counted_user, number);
CREATE INDEX violations_by_address ON violations (counted_address, number);

-- Apart, so that lists do not read past it.
CREATE TABLE evidence (
    violation INTEGER NOT NULL PRIMARY KEY REFERENCES violations (number),
    content   BLOB    NOT NULL                  -- JSON: ViolationEvidence, compressed
) STRICT;

-- Flags that were set and lifted: the last row of a subject is what holds.
CREATE TABLE flags (
    number          INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    subject_kind    TEXT    NOT NULL CHECK (subject_kind IN ('user', 'address')),
    subject         TEXT    NOT NULL,
    is_set          INTEGER NOT NULL,
    at              INTEGER NOT NULL,           -- Unix time in milliseconds
    until           INTEGER NOT NULL,           -- likewise
    ends_at         INTEGER NOT NULL,           -- the same by the clock of `counted_at`
    last_violation  INTEGER NOT NULL,           -- number of the newest violation at that time
    reason          TEXT    NOT NULL,
    actor           TEXT    NOT NULL
) STRICT;
CREATE INDEX flags_of_subject ON flags (subject_kind, subject, number);
