-- Who has leased which licence: one row a user and type. Tokens are what it takes of the server's tokens; none: it is a
-- seat of its type.
CREATE TABLE licence_lease (
    user_number BIGINT NOT NULL,
    licence TEXT NOT NULL,
    tokens BIGINT NOT NULL,
    taken BIGINT NOT NULL,
    last_used BIGINT NOT NULL,
    expires BIGINT NOT NULL,
    PRIMARY KEY (user_number, licence)
);
CREATE INDEX licence_lease_of_type ON licence_lease (licence, tokens, expires);

-- What became of each pool on each day on which it was used or wanted.
CREATE TABLE licence_use (
    pool TEXT NOT NULL,
    day BIGINT NOT NULL,
    installed BIGINT NOT NULL,
    peak BIGINT NOT NULL,
    denials BIGINT NOT NULL,
    PRIMARY KEY (pool, day)
);

-- The last day on which somebody used a licence that is assigned to them.
CREATE TABLE licence_last_use (
    user_number BIGINT NOT NULL,
    licence TEXT NOT NULL,
    day BIGINT NOT NULL,
    PRIMARY KEY (user_number, licence)
);
