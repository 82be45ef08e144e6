-- Jobs that take longer than usual, and clips that could not go where they were asked for.
--
-- `route` is where a clip goes: to the channel of the command, to its member's direct messages, or to the channel where
-- its member asked to have it sent again. `refusals` is how often the channel of the command refused us: Discord locks
-- out a bot that does not take no for an answer.

ALTER TABLE jobs ADD COLUMN late_at INTEGER;
ALTER TABLE jobs ADD COLUMN route TEXT NOT NULL DEFAULT 'channel' CHECK (route IN ('channel', 'direct', 'elsewhere'));
ALTER TABLE jobs ADD COLUMN route_channel_id INTEGER
    CHECK (CASE route WHEN 'channel' THEN route_channel_id IS NULL
                      WHEN 'elsewhere' THEN route_channel_id IS NOT NULL ELSE 1 END);
ALTER TABLE jobs ADD COLUMN refusals INTEGER NOT NULL DEFAULT 0 CHECK (refusals >= 0);
ALTER TABLE jobs ADD COLUMN again_at INTEGER
    CHECK (again_at IS NULL OR state IN ('delivering', 'delivered', 'failed'));

-- What its member may have sent again, while its clip is kept.
CREATE INDEX jobs_kept ON jobs (user_id, guild_id, id) WHERE reason = 'undeliverable' AND next_at IS NOT NULL;

-- A job that is sent again was settled when it ended for the first time. Nothing is charged, or given back, twice.
CREATE TRIGGER what_is_settled_stays BEFORE UPDATE OF counts, held_microusd, cost_microusd ON jobs
WHEN OLD.again_at IS NOT NULL
     AND (NEW.counts <> OLD.counts OR NEW.held_microusd <> OLD.held_microusd
          OR NEW.cost_microusd IS NOT OLD.cost_microusd)
BEGIN SELECT RAISE(ABORT, 'what is settled stays'); END;
