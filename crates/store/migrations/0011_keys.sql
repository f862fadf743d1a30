-- Servers that this one asks. Secrets are encrypted, here and below: the database alone opens none.
CREATE TABLE friend (
    name TEXT NOT NULL PRIMARY KEY,
    root_services TEXT NOT NULL,
    consumer_key TEXT NOT NULL,
    secret TEXT NOT NULL,
    created BIGINT NOT NULL,
    rotated BIGINT
);

-- Those that ask this server, by their keys. After a rotation the old secret is good for a while.
CREATE TABLE consumer (
    consumer_key TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    state TEXT NOT NULL,
    secret TEXT NOT NULL,
    old_secret TEXT,
    old_until BIGINT,
    trusted BIGINT NOT NULL,
    user_number BIGINT,
    callback_hosts TEXT NOT NULL,
    root_services TEXT,
    created BIGINT NOT NULL,
    decided BIGINT
);
CREATE INDEX consumer_state ON consumer (state, created);

-- Tokens of OAuth: those that wait for a person's approval, and those with which a consumer acts for one.
CREATE TABLE oauth_token (
    token_hash TEXT NOT NULL PRIMARY KEY,
    consumer_key TEXT NOT NULL,
    secret TEXT NOT NULL,
    kind TEXT NOT NULL,
    user_number BIGINT,
    callback TEXT,
    verifier_hash TEXT,
    expires BIGINT NOT NULL
);
CREATE INDEX oauth_token_consumer ON oauth_token (consumer_key);
CREATE INDEX oauth_token_user ON oauth_token (user_number);
CREATE INDEX oauth_token_expires ON oauth_token (expires);

-- What a request was signed with once, and is not to be signed with again.
CREATE TABLE oauth_nonce (
    nonce_hash TEXT NOT NULL PRIMARY KEY,
    expires BIGINT NOT NULL
);
CREATE INDEX oauth_nonce_expires ON oauth_nonce (expires);
