-- What set off a message, an opening or click, an erasure: what is published of it later bears it.
-- '' where that is not known, as for what is older than these columns.
ALTER TABLE message ADD COLUMN correlation_id TEXT NOT NULL DEFAULT '';
ALTER TABLE message ADD COLUMN hops BIGINT NOT NULL DEFAULT 0;
ALTER TABLE hit ADD COLUMN correlation_id TEXT NOT NULL DEFAULT '';
ALTER TABLE hit ADD COLUMN hops BIGINT NOT NULL DEFAULT 0;
ALTER TABLE erasure ADD COLUMN correlation_id TEXT NOT NULL DEFAULT '';
ALTER TABLE erasure ADD COLUMN hops BIGINT NOT NULL DEFAULT 0;
