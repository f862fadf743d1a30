-- Sessions that a provider of identities has begun, and may end: what it calls the person and its own session,
-- and what it has signed, which is shown to it when somebody signs out.
ALTER TABLE session ADD COLUMN registry TEXT;
ALTER TABLE session ADD COLUMN subject TEXT;
ALTER TABLE session ADD COLUMN registry_session TEXT;
ALTER TABLE session ADD COLUMN id_token TEXT;
CREATE INDEX session_of_subject ON session (registry, subject);
CREATE INDEX session_of_registry_session ON session (registry, registry_session);
