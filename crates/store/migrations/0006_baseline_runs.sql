-- Runs that baseline a hierarchy: what they are about, who goes on with them, and what has come of them.
CREATE TABLE baseline_run (
    id TEXT NOT NULL PRIMARY KEY,
    user_number BIGINT NOT NULL,
    root BIGINT NOT NULL,
    names TEXT NOT NULL,
    begun BIGINT NOT NULL,
    node TEXT NOT NULL,
    alive BIGINT NOT NULL,
    ended BIGINT,
    revision BIGINT,
    report TEXT
);
CREATE INDEX baseline_run_of_user ON baseline_run (user_number, begun);

-- What applications have answered, in the order in which they were asked.
CREATE TABLE baseline_run_local (
    run TEXT NOT NULL,
    position BIGINT NOT NULL,
    uri TEXT NOT NULL,
    baseline TEXT,
    refusal TEXT,
    PRIMARY KEY (run, position)
);
