-- The organisation's facts, the journal of its changes, and what only sign-in needs. SQLite's own file
-- because WITHOUT ROWID keeps a row once, in the order in which it is read; PostgreSQL has no such clause,
-- and its identity columns are spelled otherwise.

CREATE TABLE organisation (
    id BIGINT NOT NULL PRIMARY KEY CHECK (id = 1),
    revision BIGINT NOT NULL,
    history_id TEXT NOT NULL
);

-- What is the case: JSON throughout. No value: the fact is gone, but its number is never given again.
CREATE TABLE fact (
    kind TEXT NOT NULL,
    key TEXT NOT NULL,
    value TEXT,
    PRIMARY KEY (kind, key)
) WITHOUT ROWID;

-- Who changed the organisation, one row a revision.
CREATE TABLE journal (
    revision INTEGER NOT NULL PRIMARY KEY,
    at BIGINT NOT NULL,
    by_user TEXT NOT NULL,
    via TEXT,
    address TEXT,
    basis TEXT NOT NULL,
    summary TEXT NOT NULL
);
CREATE INDEX journal_at ON journal (at);
CREATE INDEX journal_by_user ON journal (by_user, revision);

-- What each revision changed, in order.
CREATE TABLE event (
    revision BIGINT NOT NULL,
    position BIGINT NOT NULL,
    kind TEXT NOT NULL,
    key TEXT NOT NULL,
    before TEXT,
    after TEXT,
    PRIMARY KEY (revision, position)
) WITHOUT ROWID;

CREATE TABLE credential (
    user_number INTEGER NOT NULL PRIMARY KEY,
    password_hash TEXT NOT NULL
);

CREATE TABLE session (
    token_hash TEXT NOT NULL PRIMARY KEY,
    user_number BIGINT NOT NULL,
    created BIGINT NOT NULL,
    last_used BIGINT NOT NULL,
    expires BIGINT NOT NULL
) WITHOUT ROWID;
CREATE INDEX session_of_user ON session (user_number);
CREATE INDEX session_expires ON session (expires);

-- Refused writes and sign-in failures; rows are deleted in time.
CREATE TABLE refusal (
    number INTEGER NOT NULL PRIMARY KEY,
    at BIGINT NOT NULL,
    by_user TEXT,
    address TEXT,
    what TEXT NOT NULL,
    gate TEXT NOT NULL
);
CREATE INDEX refusal_at ON refusal (at);
