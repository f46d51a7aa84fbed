-- Who may change a problem besides admins: an account or an API key's namespace.
CREATE TABLE problem_setters (
    problem_id TEXT    COLLATE "C" NOT NULL PRIMARY KEY,
    setter     TEXT    NOT NULL,               -- such as `account:acct-…` or `key:moodle`
    claimed_at BIGINT  NOT NULL                -- Unix time in milliseconds, as below
);

-- Links that their owners made to submissions. The secrets are here as their hashes only.
CREATE TABLE submission_shares (
    hash          TEXT    NOT NULL PRIMARY KEY,
    submission_id TEXT    NOT NULL,
    created_at    BIGINT  NOT NULL
);
CREATE INDEX shares_of_submission ON submission_shares (submission_id);
