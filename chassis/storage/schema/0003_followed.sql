-- Feeds of other services that this one follows.

-- One row for each upstream: how far this store's state holds its events.
CREATE TABLE followed_feed (
  -- "customer".
  upstream         TEXT PRIMARY KEY,
  -- The life of the upstream's feed that `position` belongs to; '' before the first event.
  epoch            TEXT NOT NULL,
  position         BIGINT NOT NULL,
  -- FOLLOWING; or, while the upstream's state is read anew, READING and then SWEEPING.
  state            TEXT NOT NULL CHECK (state IN ('FOLLOWING', 'READING', 'SWEEPING')),
  -- Where a rebuild goes on following, noted before its first page.
  pinned_epoch     TEXT NOT NULL,
  pinned_position  BIGINT NOT NULL,
  -- The page that a rebuild reads next, in the words of the service's own plan.
  rebuild_cursor   TEXT NOT NULL,
  -- How many rebuilds there have been, the present one included.
  generation       BIGINT NOT NULL,
  -- What the state was made with: a change of either asks for a rebuild.
  backfill_version BIGINT NOT NULL,
  -- Types of events that are followed, with spaces between.
  types            TEXT NOT NULL,
  -- Time of the newest event that was followed, by the upstream's clock; 0 before the first.
  event_time       BIGINT NOT NULL
) WITHOUT ROWID;

-- Events that could not be followed, and later ones of the same subjects, which wait behind them.
CREATE TABLE parked_event (
  upstream   TEXT NOT NULL,
  position   BIGINT NOT NULL,
  type       TEXT NOT NULL,
  subject    TEXT NOT NULL,
  -- A serialised regulars.feed.v1.Event.
  event      BLOB NOT NULL,
  -- Why: a reason code and a sentence. BEHIND_ANOTHER for those that only wait.
  reason     TEXT NOT NULL,
  message    TEXT NOT NULL,
  -- How often its function has failed.
  attempts   BIGINT NOT NULL,
  -- Whether it is to be tried again now.
  due        BIGINT NOT NULL,
  park_time  BIGINT NOT NULL,
  PRIMARY KEY (upstream, position)
) WITHOUT ROWID;
CREATE INDEX parked_event_subject ON parked_event (upstream, subject, position);
CREATE INDEX parked_event_due ON parked_event (upstream, position) WHERE due = 1;
