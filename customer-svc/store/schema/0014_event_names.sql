-- How many events bear each name, so that one that none bears any more is free again.

ALTER TABLE behaviour_name ADD COLUMN event_count BIGINT NOT NULL DEFAULT 0;
UPDATE behaviour_name SET event_count = d.total
  FROM (SELECT name, SUM(event_count) AS total FROM behaviour_day GROUP BY name) AS d
  WHERE behaviour_name.key = d.name;
DELETE FROM behaviour_name WHERE event_count = 0;
