-- Of whoever asks for a key: the address from which it was asked for, and whether it was asked to be trusted,
-- which is a proposal and no more. And whether the consumer itself has made the newest secret.
ALTER TABLE consumer ADD COLUMN asked_from TEXT;
ALTER TABLE consumer ADD COLUMN asks_trust BIGINT NOT NULL DEFAULT 0;
ALTER TABLE consumer ADD COLUMN renewed BIGINT NOT NULL DEFAULT 0;
