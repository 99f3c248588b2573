-- How many feeds lie between what set the task off and the task.
ALTER TABLE task ADD COLUMN hops BIGINT NOT NULL DEFAULT 0;
