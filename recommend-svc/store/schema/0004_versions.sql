-- Which of two words about an order is the later one.

-- OrderFacts.version of what the receipt says; 0: unknown.
ALTER TABLE receipt ADD COLUMN version BIGINT NOT NULL DEFAULT 0;
