-- Who gained and who lost by a change of what governs something, as JSON; none for other changes.
ALTER TABLE journal ADD COLUMN impact TEXT;
