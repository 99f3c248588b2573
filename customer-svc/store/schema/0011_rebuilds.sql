-- What readings of another service's state look for.

-- The number of the reading that asked the service for its part again; 0: none has.
ALTER TABLE erasure_part ADD COLUMN asked BIGINT NOT NULL DEFAULT 0;
CREATE INDEX erasure_part_open ON erasure_part (service, asked) WHERE confirm_time IS NULL;

-- Finds the memberships that a reading has not seen.
CREATE INDEX loyalty_state_generation ON loyalty_state (generation);
