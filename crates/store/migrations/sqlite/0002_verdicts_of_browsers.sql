-- Who came to the judgement: the server, or the browser of whoever submitted.
ALTER TABLE judgements ADD COLUMN verified_by TEXT NOT NULL DEFAULT 'server'
    CHECK (verified_by IN ('server', 'client'));

-- What a browser said of a submission that the server judges all the same.
CREATE TABLE claims (
    submission INTEGER NOT NULL PRIMARY KEY REFERENCES submissions (number),
    verdict    TEXT    NOT NULL                 -- JSON: VerdictSummary
) STRICT;

-- Whose browsers are believed no more: what one said of `submission` was not so.
CREATE TABLE disbelieved (
    user_id    TEXT    NOT NULL PRIMARY KEY,
    submission INTEGER NOT NULL REFERENCES submissions (number),
    since      INTEGER NOT NULL                 -- Unix time in milliseconds
) STRICT;
