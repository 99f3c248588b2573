-- Attempts that the mail server put off or broke: the wait for the next one grows with these alone.
ALTER TABLE message ADD COLUMN refusals BIGINT NOT NULL DEFAULT 0;
