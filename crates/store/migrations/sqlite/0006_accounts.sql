-- People who log in. `look` is the skeleton of the name: names that look alike are one.
CREATE TABLE accounts (
    id            TEXT    NOT NULL PRIMARY KEY, -- the user id of its submissions
    name          TEXT    NOT NULL,
    look          TEXT    NOT NULL UNIQUE,
    role          TEXT    NOT NULL CHECK (role IN ('user', 'setter', 'admin')),
    password_hash TEXT,                         -- PHC string; none without a password
    created_at    INTEGER NOT NULL              -- here and below: Unix time in milliseconds
) STRICT;

-- Accounts at OpenID providers that log in as an account here.
CREATE TABLE identities (
    issuer  TEXT NOT NULL,
    subject TEXT NOT NULL,
    account TEXT NOT NULL REFERENCES accounts (id),
    PRIMARY KEY (issuer, subject)
) STRICT;
CREATE INDEX identities_of_account ON identities (account);

-- Secrets are here as their hashes only.
CREATE TABLE sessions (
    hash       TEXT    NOT NULL PRIMARY KEY,
    account    TEXT    NOT NULL REFERENCES accounts (id),
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT;
CREATE INDEX sessions_of_account ON sessions (account);

CREATE TABLE api_keys (
    id           TEXT    NOT NULL PRIMARY KEY,
    hash         TEXT    NOT NULL UNIQUE,
    name         TEXT    NOT NULL,
    account      TEXT    REFERENCES accounts (id),
    namespace    TEXT,
    scopes       TEXT    NOT NULL,              -- with commas between them
    quota        TEXT,                          -- such as 10000/day
    created_at   INTEGER NOT NULL,
    expires_at   INTEGER,
    revoked_at   INTEGER,
    last_used_at INTEGER,
    period_start INTEGER NOT NULL DEFAULT 0,    -- of the quota
    period_uses  INTEGER NOT NULL DEFAULT 0,
    CHECK ((account IS NULL) <> (namespace IS NULL))
) STRICT;
CREATE INDEX keys_of_account ON api_keys (account);

CREATE TABLE invitations (
    hash       TEXT    NOT NULL PRIMARY KEY,
    name       TEXT,
    role       TEXT    NOT NULL CHECK (role IN ('user', 'setter', 'admin')),
    created_by TEXT    NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT;

-- Attempts to log in, by account and by address, within a window of time.
CREATE TABLE login_attempts (
    subject  TEXT    NOT NULL PRIMARY KEY,
    began_at INTEGER NOT NULL,
    attempts INTEGER NOT NULL
) STRICT;

-- Log-ins that are at an OpenID provider.
CREATE TABLE pending_logins (
    hash       TEXT    NOT NULL PRIMARY KEY,
    details    TEXT    NOT NULL,                -- JSON
    expires_at INTEGER NOT NULL
) STRICT;
