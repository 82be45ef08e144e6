-- How long jobs take, for the schedule to learn from: see 0010_pace.sql of the other engine.

ALTER TABLE jobs ADD COLUMN seen_at BIGINT;

DROP INDEX jobs_delivered;
CREATE INDEX jobs_made ON jobs (model, submitted_at, id) WHERE completed_at IS NOT NULL;
CREATE INDEX jobs_just_made ON jobs (model, completed_at) WHERE completed_at IS NOT NULL;
