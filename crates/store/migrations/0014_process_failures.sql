-- The last failure to follow a process of another server, which stays when it is followed again; and how many
-- versions the server has told of, one after another, that could not be taken over.
ALTER TABLE process_copy ADD COLUMN failure TEXT;
ALTER TABLE process_copy ADD COLUMN failed BIGINT;
ALTER TABLE process_copy ADD COLUMN missed_version TEXT;
ALTER TABLE process_copy ADD COLUMN missed BIGINT NOT NULL DEFAULT 0;
