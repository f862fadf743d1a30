-- Whose failures a budget counts, as a hash of the id that was typed, so that a lock-out can be ended.
ALTER TABLE attempt_budget ADD COLUMN of_id TEXT;
CREATE INDEX attempt_budget_of_id ON attempt_budget (of_id);
