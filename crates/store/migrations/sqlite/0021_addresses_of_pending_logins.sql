-- The address that a log-in at the provider began at: one address has few of them at once.
ALTER TABLE pending_logins ADD COLUMN address TEXT;
CREATE INDEX pending_logins_by_address ON pending_logins (address);
