-- Who may change a problem besides admins: an account or an API key's namespace.
CREATE TABLE problem_setters (
    problem_id TEXT    NOT NULL PRIMARY KEY,
    setter     TEXT    NOT NULL,               -- such as `account:acct-…` or `key:moodle`
    claimed_at INTEGER NOT NULL                -- Unix time in milliseconds, as below
) STRICT;

-- Links that their owners made to submissions. The secrets are here as their hashes only.
CREATE TABLE submission_shares (
    hash          TEXT    NOT NULL PRIMARY KEY,
    submission_id TEXT    NOT NULL,
    created_at    INTEGER NOT NULL
) STRICT;
CREATE INDEX shares_of_submission ON submission_shares (submission_id);
