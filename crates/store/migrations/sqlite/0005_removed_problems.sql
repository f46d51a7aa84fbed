-- Unix time in milliseconds at which a problem was removed that still has submissions.
ALTER TABLE problems ADD COLUMN removed_at INTEGER;
