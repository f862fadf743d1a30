-- What changed one fact is found without reading the journal.
CREATE INDEX event_of_fact ON event (kind, key, revision);

-- The answers to requests that may be sent again, kept with the changes that they tell of; rows are deleted
-- in time.
CREATE TABLE idempotency (
    by_user TEXT NOT NULL,
    key TEXT NOT NULL,
    request_hash TEXT NOT NULL,
    revision BIGINT NOT NULL,
    answer TEXT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (by_user, key)
);
CREATE INDEX idempotency_at ON idempotency (at);
