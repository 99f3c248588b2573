-- The chassis keeps these now.
INSERT INTO pending_erasure (key, erasure, customer, correlation_id, hops)
  SELECT key, erasure, customer, correlation_id, hops FROM erasure;
DROP TABLE erasure;
