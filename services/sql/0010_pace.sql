-- How long jobs take, for the schedule to learn from.
--
-- When a job was done is known to lie between two looks: the one that found it, `completed_at`, and the one before,
-- `seen_at`, which is written down with the same move and not at every look. What models usually take is derived from
-- the jobs themselves and counted nowhere beside them, so that it cannot disagree with them, whichever process asks.

ALTER TABLE jobs ADD COLUMN seen_at INTEGER;

-- The last of a model, by when they were sent and by when they were done. The older index served the first alone.
DROP INDEX jobs_delivered;
CREATE INDEX jobs_made ON jobs (model, submitted_at, id) WHERE completed_at IS NOT NULL;
CREATE INDEX jobs_just_made ON jobs (model, completed_at) WHERE completed_at IS NOT NULL;
