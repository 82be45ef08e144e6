-- What a claim reads, however many jobs wait: see 0013_lines.sql of the other engine.
--
-- Here several processes write at once. The rows of a server and its member are locked by the first statement on them,
-- and what the next one reads is what was committed by then. It is done at the commit, so that nobody waits for longer
-- than that, and whoever has them locked waits for nobody.

CREATE INDEX jobs_free ON jobs ((CASE WHEN lease_until > next_at THEN lease_until ELSE next_at END))
WHERE next_at IS NOT NULL AND (state <> 'queued' OR status_message_id IS NULL);
CREATE INDEX jobs_in_line ON jobs ((CASE WHEN lease_until > next_at THEN lease_until ELSE next_at END))
WHERE state = 'queued' AND status_message_id IS NOT NULL;
CREATE INDEX jobs_leased ON jobs (owner) WHERE lease_until > 0 AND next_at IS NOT NULL;
CREATE INDEX jobs_called ON jobs (lease_until) WHERE state = 'queued' AND lease_until > 0;
CREATE INDEX jobs_running ON jobs (id)
WHERE ended_at IS NULL AND late_at IS NULL AND state IN ('submitting', 'generating');
CREATE INDEX jobs_queued ON jobs (guild_id, user_id, id) WHERE state = 'queued';

CREATE TABLE member_lines (
    guild_id  BIGINT NOT NULL,
    user_id   BIGINT NOT NULL,
    queued    BIGINT NOT NULL,
    running   BIGINT NOT NULL,
    served_at BIGINT NOT NULL DEFAULT 0,
    first_id  BIGINT,
    PRIMARY KEY (guild_id, user_id)
);
CREATE INDEX member_lines_in_turn ON member_lines (guild_id, running, served_at, first_id) WHERE queued > 0;

CREATE TABLE server_lines (
    guild_id  BIGINT PRIMARY KEY,
    queued    BIGINT NOT NULL,
    running   BIGINT NOT NULL,
    served_at BIGINT NOT NULL DEFAULT 0,
    first_id  BIGINT
);
CREATE INDEX server_lines_in_turn ON server_lines (running, served_at, first_id) WHERE queued > 0;
-- Each of their rows is written several times for every job: what that leaves is swept before it is much.
ALTER TABLE member_lines SET (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 500);
ALTER TABLE server_lines SET (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 500);

CREATE FUNCTION move_in_line(guild BIGINT, member BIGINT, more_queued BIGINT, more_running BIGINT)
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO member_lines AS line (guild_id, user_id, queued, running)
    VALUES (guild, member, more_queued, more_running)
    ON CONFLICT (guild_id, user_id)
    DO UPDATE SET queued = line.queued + excluded.queued, running = line.running + excluded.running;
    DELETE FROM member_lines WHERE guild_id = guild AND user_id = member AND queued <= 0 AND running <= 0;
    UPDATE member_lines SET
        served_at = COALESCE((SELECT MAX(submitted_at) FROM jobs WHERE guild_id = guild
                              AND user_id = member AND submitted_at IS NOT NULL), 0),
        first_id = (SELECT MIN(id) FROM jobs WHERE guild_id = guild AND user_id = member AND state = 'queued')
    WHERE guild_id = guild AND user_id = member;
    INSERT INTO server_lines AS line (guild_id, queued, running)
    VALUES (guild, more_queued, more_running)
    ON CONFLICT (guild_id)
    DO UPDATE SET queued = line.queued + excluded.queued, running = line.running + excluded.running;
    DELETE FROM server_lines WHERE guild_id = guild AND queued <= 0 AND running <= 0;
    UPDATE server_lines SET
        served_at = COALESCE((SELECT MAX(submitted_at) FROM jobs
                              WHERE guild_id = guild AND submitted_at IS NOT NULL), 0),
        first_id = (SELECT first_id FROM member_lines WHERE guild_id = guild AND queued > 0
                    ORDER BY running, served_at, first_id LIMIT 1)
    WHERE guild_id = guild;
END $$;

CREATE FUNCTION follow_in_line() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    was_queued BIGINT := 0;
    was_running BIGINT := 0;
    is_queued BIGINT := 0;
    is_running BIGINT := 0;
BEGIN
    IF TG_OP <> 'INSERT' THEN
        was_queued := CAST(OLD.state = 'queued' AS INT);
        was_running := CAST(OLD.state IN ('submitting', 'generating') AS INT);
    END IF;
    IF TG_OP = 'DELETE' THEN
        PERFORM move_in_line(OLD.guild_id, OLD.user_id, -was_queued, -was_running);
        RETURN NULL;
    END IF;
    is_queued := CAST(NEW.state = 'queued' AS INT);
    is_running := CAST(NEW.state IN ('submitting', 'generating') AS INT);
    PERFORM move_in_line(NEW.guild_id, NEW.user_id, is_queued - was_queued, is_running - was_running);
    RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER a_job_enters_the_line AFTER INSERT ON jobs
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.state IN ('queued', 'submitting', 'generating'))
EXECUTE FUNCTION follow_in_line();
CREATE CONSTRAINT TRIGGER a_job_moves_in_the_line AFTER UPDATE OF state ON jobs
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
WHEN ((NEW.state = 'queued') <> (OLD.state = 'queued')
    OR (NEW.state IN ('submitting', 'generating')) <> (OLD.state IN ('submitting', 'generating')))
EXECUTE FUNCTION follow_in_line();
CREATE CONSTRAINT TRIGGER a_job_is_taken_out_of_the_line AFTER DELETE ON jobs
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (OLD.state IN ('queued', 'submitting', 'generating'))
EXECUTE FUNCTION follow_in_line();

DO $$ BEGIN
    PERFORM move_in_line(guild_id, user_id, SUM(CAST(state = 'queued' AS INT)), SUM(CAST(state <> 'queued' AS INT)))
    FROM jobs WHERE ended_at IS NULL AND state IN ('queued', 'submitting', 'generating')
    GROUP BY guild_id, user_id;
END $$;

-- A list of numbers as a value of a statement, by the name that the other engine has for it.
CREATE FUNCTION json_each(list TEXT) RETURNS TABLE (value BIGINT) LANGUAGE sql IMMUTABLE ROWS 100 AS $$
    SELECT CAST(each AS BIGINT) FROM json_array_elements_text(CAST(list AS JSON)) AS each
$$;
