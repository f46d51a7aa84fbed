-- Browsers that people have logged in with, by the hash of a cookie.
CREATE TABLE known_browsers (
    hash    TEXT    NOT NULL PRIMARY KEY,
    account TEXT    NOT NULL REFERENCES accounts (id),
    seen_at INTEGER NOT NULL                    -- Unix time in milliseconds
) STRICT;
CREATE INDEX browsers_of_account ON known_browsers (account);
