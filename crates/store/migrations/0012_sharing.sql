-- What became of asking other servers for processes that project areas here use. The processes are facts.
CREATE TABLE process_copy (
    server TEXT NOT NULL,
    application TEXT NOT NULL,
    project_area TEXT NOT NULL,
    asked BIGINT NOT NULL,
    told BIGINT,
    trouble TEXT,
    trouble_since BIGINT,
    PRIMARY KEY (server, application, project_area)
);

-- Which version of a process that is shared here each consumer has, and of which it was told.
CREATE TABLE process_consumer (
    consumer_key TEXT NOT NULL,
    application TEXT NOT NULL,
    project_area TEXT NOT NULL,
    version TEXT NOT NULL,
    revision BIGINT NOT NULL,
    asked BIGINT NOT NULL,
    pushed TEXT,
    PRIMARY KEY (consumer_key, application, project_area)
);
