-- Whether customer-svc, once restored, did not know the customer any more: it has nothing to say of who
-- is no more, and that it lacks this one says nothing.
ALTER TABLE holder ADD COLUMN lost BIGINT NOT NULL DEFAULT 0;
