-- Sessions tell from where they began.
ALTER TABLE session ADD COLUMN address TEXT;

-- Personal access tokens, found by the hash of the token.
CREATE TABLE access_token (
    token_hash TEXT NOT NULL PRIMARY KEY,
    user_number BIGINT NOT NULL,
    name TEXT NOT NULL,
    scopes TEXT NOT NULL,
    created BIGINT NOT NULL,
    expires BIGINT NOT NULL,
    last_used BIGINT
);
CREATE UNIQUE INDEX access_token_name ON access_token (user_number, name);
CREATE INDEX access_token_expires ON access_token (expires);

-- Links that are good for one use, found by the hash of what stands in them. No user: the first one.
CREATE TABLE link (
    token_hash TEXT NOT NULL PRIMARY KEY,
    purpose TEXT NOT NULL,
    user_number BIGINT,
    created BIGINT NOT NULL,
    expires BIGINT NOT NULL
);
CREATE INDEX link_of_user ON link (user_number);
CREATE INDEX link_expires ON link (expires);

-- How many wrong passwords may still be tried: failures use a budget up, time fills it again.
CREATE TABLE attempt_budget (
    subject TEXT NOT NULL PRIMARY KEY,
    full_at BIGINT NOT NULL
);
CREATE INDEX attempt_budget_full ON attempt_budget (full_at);

-- From where users have signed in: a browser or a network.
CREATE TABLE familiar_place (
    user_number BIGINT NOT NULL,
    place TEXT NOT NULL,
    expires BIGINT NOT NULL,
    PRIMARY KEY (user_number, place)
);
CREATE INDEX familiar_place_expires ON familiar_place (expires);
