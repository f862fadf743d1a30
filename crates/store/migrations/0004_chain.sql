-- Each entry's hash covers the one before it, so that nothing can be altered unnoticed. The program makes the
-- hashes of entries that are older than this.
ALTER TABLE journal ADD COLUMN hash TEXT;

-- A user's name and mail enter the hash through this digest of them and the salt. Erasing them erases the salt:
-- the digest stays, and tells nothing.
ALTER TABLE event ADD COLUMN salt TEXT;
ALTER TABLE event ADD COLUMN personal TEXT;
