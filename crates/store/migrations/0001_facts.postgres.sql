-- The organisation's facts, the journal of its changes, and what only sign-in needs. PostgreSQL's own file
-- because SQLite keeps these rows in the order of their keys (WITHOUT ROWID), which PostgreSQL cannot, and
-- spells a column that numbers its rows otherwise.

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
);

-- Who changed the organisation, one row a revision.
CREATE TABLE journal (
    revision BIGINT NOT NULL PRIMARY KEY,
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
);

CREATE TABLE credential (
    user_number BIGINT NOT NULL PRIMARY KEY,
    password_hash TEXT NOT NULL
);

CREATE TABLE session (
    token_hash TEXT NOT NULL PRIMARY KEY,
    user_number BIGINT NOT NULL,
    created BIGINT NOT NULL,
    last_used BIGINT NOT NULL,
    expires BIGINT NOT NULL
);
CREATE INDEX session_of_user ON session (user_number);
CREATE INDEX session_expires ON session (expires);

-- Refused writes and sign-in failures; rows are deleted in time.
CREATE TABLE refusal (
    number BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at BIGINT NOT NULL,
    by_user TEXT,
    address TEXT,
    what TEXT NOT NULL,
    gate TEXT NOT NULL
);
CREATE INDEX refusal_at ON refusal (at);
