-- What asked for the erasure that is confirmed; '' where that is not known, as for older rows.
ALTER TABLE forgotten_customer ADD COLUMN correlation_id TEXT NOT NULL DEFAULT '';
ALTER TABLE forgotten_customer ADD COLUMN hops BIGINT NOT NULL DEFAULT 0;
