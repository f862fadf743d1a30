-- Whom a budget keeps out once it is used up: the user whose id was typed, if anybody has it, and from where; and
-- how much of it can be lacking before it does.
ALTER TABLE attempt_budget ADD COLUMN user_number BIGINT;
ALTER TABLE attempt_budget ADD COLUMN network TEXT;
ALTER TABLE attempt_budget ADD COLUMN allowance BIGINT;
