-- Team invitations, found by the hash of the token that a link has; none while no link was given out.
CREATE TABLE invitation (
    id TEXT NOT NULL PRIMARY KEY,
    token_hash TEXT,
    area_number BIGINT NOT NULL,
    roles TEXT NOT NULL,
    mail TEXT,
    user_number BIGINT NOT NULL,
    created BIGINT NOT NULL,
    expires BIGINT NOT NULL,
    claimed BIGINT,
    ended BIGINT,
    outcome TEXT,
    ended_by BIGINT,
    revision BIGINT
);
CREATE UNIQUE INDEX invitation_token ON invitation (token_hash);
CREATE INDEX invitation_area ON invitation (area_number, created);
CREATE INDEX invitation_expires ON invitation (expires);

-- What those who were refused ask for. While one is open, nobody asks for the same again.
CREATE TABLE access_request (
    id TEXT NOT NULL PRIMARY KEY,
    user_number BIGINT NOT NULL,
    open_remedy TEXT,
    wish TEXT NOT NULL,
    reason TEXT NOT NULL,
    created BIGINT NOT NULL,
    expires BIGINT NOT NULL,
    claimed BIGINT,
    ended BIGINT,
    outcome TEXT,
    ended_by BIGINT,
    note TEXT,
    revision BIGINT
);
CREATE UNIQUE INDEX access_request_open ON access_request (user_number, open_remedy);
CREATE INDEX access_request_created ON access_request (created);
CREATE INDEX access_request_expires ON access_request (expires);

-- Mail that is to be sent: what it is about, not what it says, so that no secret waits here.
CREATE TABLE mail (
    kind TEXT NOT NULL,
    about TEXT NOT NULL,
    user_number BIGINT NOT NULL,
    created BIGINT NOT NULL,
    due BIGINT,
    attempts BIGINT NOT NULL,
    error TEXT,
    sent BIGINT,
    PRIMARY KEY (kind, about, user_number)
);
CREATE INDEX mail_due ON mail (due);
CREATE INDEX mail_created ON mail (created);
