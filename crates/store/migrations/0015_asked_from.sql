-- The address from which a key was asked for: what whoever asks says of themselves nobody has looked at.
ALTER TABLE consumer ADD COLUMN asked_from TEXT;
