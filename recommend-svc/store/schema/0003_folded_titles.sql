-- Titles are searched under a folded form.

-- NULL in rows that are older, until the item changes.
ALTER TABLE item ADD COLUMN folded_title TEXT;
