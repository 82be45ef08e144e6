-- What a reservation reads and writes, however long the history is: see 0014_sums.sql of the other engine.
--
-- Here several processes write at once, and the row of the present hour's total is everybody's. It is locked by the
-- statement that changes a job's money and until the commit, because what follows in the same transaction (which levels
-- of a budget are passed) has to see it. Locks are always taken in one order, so that nobody waits in a circle: the lock
-- `money`, the job's row, the hour's total, its server's sum, then notices, and at the commit the lines. A statement that
-- changes the money of several jobs would have to go by their hours; there is none.

CREATE TABLE hourly_sums (
    guild_id BIGINT NOT NULL,
    hour     BIGINT NOT NULL,
    microusd BIGINT NOT NULL CHECK (microusd >= 0),
    PRIMARY KEY (guild_id, hour)
);
-- A row of the present hour is written at every reservation and settlement: there has to be room beside it.
ALTER TABLE hourly_sums SET (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 500);

CREATE FUNCTION add_hold(guild BIGINT, at BIGINT, more BIGINT) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO hourly_sums AS sums (guild_id, hour, microusd) VALUES (0, at / 3600000, more)
    ON CONFLICT (guild_id, hour) DO UPDATE SET microusd = sums.microusd + excluded.microusd;
    IF guild <> 0 THEN
        INSERT INTO hourly_sums AS sums (guild_id, hour, microusd) VALUES (guild, at / 3600000, more)
        ON CONFLICT (guild_id, hour) DO UPDATE SET microusd = sums.microusd + excluded.microusd;
    END IF;
END $$;

CREATE FUNCTION take_hold_off(guild BIGINT, at BIGINT, less BIGINT) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    UPDATE hourly_sums SET microusd = microusd - less WHERE guild_id = 0 AND hour = at / 3600000;
    IF guild <> 0 THEN
        UPDATE hourly_sums SET microusd = microusd - less WHERE guild_id = guild AND hour = at / 3600000;
    END IF;
    DELETE FROM hourly_sums WHERE guild_id = 0 AND hour = at / 3600000 AND microusd = 0;
    DELETE FROM hourly_sums WHERE guild_id = guild AND hour = at / 3600000 AND microusd = 0;
END $$;

CREATE FUNCTION follow_holds() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'DELETE' AND NEW.held_microusd > 0 THEN
        PERFORM add_hold(NEW.guild_id, NEW.created_at, NEW.held_microusd);
    END IF;
    IF TG_OP <> 'INSERT' AND OLD.held_microusd > 0 THEN
        PERFORM take_hold_off(OLD.guild_id, OLD.created_at, OLD.held_microusd);
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER a_hold_is_added AFTER INSERT ON jobs FOR EACH ROW WHEN (NEW.held_microusd > 0)
EXECUTE FUNCTION follow_holds();
CREATE TRIGGER a_hold_is_changed AFTER UPDATE OF held_microusd, created_at, guild_id ON jobs FOR EACH ROW
WHEN (NEW.held_microusd <> OLD.held_microusd OR NEW.created_at <> OLD.created_at OR NEW.guild_id <> OLD.guild_id)
EXECUTE FUNCTION follow_holds();
CREATE TRIGGER a_hold_is_gone AFTER DELETE ON jobs FOR EACH ROW WHEN (OLD.held_microusd > 0)
EXECUTE FUNCTION follow_holds();

INSERT INTO hourly_sums (guild_id, hour, microusd)
SELECT guild_id, created_at / 3600000, SUM(held_microusd) FROM jobs
WHERE held_microusd > 0 AND guild_id <> 0 GROUP BY guild_id, created_at / 3600000;
INSERT INTO hourly_sums (guild_id, hour, microusd)
SELECT 0, created_at / 3600000, SUM(held_microusd) FROM jobs WHERE held_microusd > 0 GROUP BY created_at / 3600000;

DROP INDEX jobs_by_member;
DROP INDEX jobs_attempts;
DROP INDEX jobs_money_of_member;
CREATE INDEX jobs_by_member ON jobs (user_id, created_at, guild_id, uses_bonus, counts, held_microusd);
DROP INDEX jobs_of_server;
DROP INDEX jobs_money_of_server;
CREATE INDEX jobs_of_server ON jobs (guild_id, created_at, held_microusd);
DROP INDEX jobs_due;
DROP INDEX jobs_remembered;
CREATE INDEX jobs_remembered ON jobs (ended_at) WHERE prompt <> '' AND ended_at IS NOT NULL;
