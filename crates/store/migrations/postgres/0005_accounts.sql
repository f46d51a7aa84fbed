-- People who log in. `look` is the skeleton of the name: names that look alike are one.
CREATE TABLE accounts (
    id            TEXT    NOT NULL PRIMARY KEY, -- the user id of its submissions
    name          TEXT    NOT NULL,
    look          TEXT    NOT NULL UNIQUE,
    role          TEXT    NOT NULL CHECK (role IN ('user', 'setter', 'admin')),
    password_hash TEXT,                         -- PHC string; none without a password
    created_at    BIGINT NOT NULL              -- here and below: Unix time in milliseconds
);

-- Accounts at OpenID providers that log in as an account here.
CREATE TABLE identities (
    issuer  TEXT NOT NULL,
    subject TEXT NOT NULL,
    account TEXT NOT NULL REFERENCES accounts (id),
    PRIMARY KEY (issuer, subject)
);
CREATE INDEX identities_of_account ON identities (account);

-- Secrets are here as their hashes only.
CREATE TABLE sessions (
    hash       TEXT    NOT NULL PRIMARY KEY,
    account    TEXT    NOT NULL REFERENCES accounts (id),
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX sessions_of_account ON sessions (account);

CREATE TABLE api_keys (
    id           TEXT    NOT NULL PRIMARY KEY,
    hash         TEXT    NOT NULL UNIQUE,
    name         TEXT    NOT NULL,
    account      TEXT    REFERENCES accounts (id),
    namespace    TEXT,
    scopes       TEXT    NOT NULL,              -- with commas between them
    quota        TEXT,                          -- such as 10000/day
    created_at   BIGINT NOT NULL,
    expires_at   BIGINT,
    revoked_at   BIGINT,
    last_used_at BIGINT,
    period_start BIGINT NOT NULL DEFAULT 0,    -- of the quota
    period_uses  BIGINT NOT NULL DEFAULT 0,
    CHECK ((account IS NULL) <> (namespace IS NULL))
);
CREATE INDEX keys_of_account ON api_keys (account);

CREATE TABLE invitations (
    hash       TEXT    NOT NULL PRIMARY KEY,
    name       TEXT,
    role       TEXT    NOT NULL CHECK (role IN ('user', 'setter', 'admin')),
    created_by TEXT    NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);

-- Attempts to log in, by account and by address, within a window of time.
CREATE TABLE login_attempts (
    subject  TEXT    NOT NULL PRIMARY KEY,
    began_at BIGINT NOT NULL,
    attempts BIGINT NOT NULL
);

-- Log-ins that are at an OpenID provider.
CREATE TABLE pending_logins (
    hash       TEXT    NOT NULL PRIMARY KEY,
    details    TEXT    NOT NULL,                -- JSON
    expires_at BIGINT NOT NULL
);
