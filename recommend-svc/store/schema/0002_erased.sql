-- Customers who were erased, as fingerprints of their ids: what still names one, as an event that
-- was parked, makes no customer of it again.
CREATE TABLE erased (fingerprint INTEGER PRIMARY KEY);
