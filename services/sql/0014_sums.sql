-- What a reservation reads and writes, however long the history is.
--
-- The money of 30 days was added up from all jobs of 30 days, at every reservation. Now each whole hour has its sum: of
-- a server, and (guild_id 0) of everything. Only the hour that a window cuts is still added up from its jobs, so nothing
-- changes by a millisecond. What was used stays derived from the jobs: nobody but the triggers below writes these rows,
-- in the statement that changes the job, so that no writer can forget them and they cannot drift. An hour without money
-- has no row; a sum below zero is refused.

CREATE TABLE hourly_sums (
    guild_id INTEGER NOT NULL,
    hour     INTEGER NOT NULL,
    microusd INTEGER NOT NULL CHECK (microusd >= 0),
    PRIMARY KEY (guild_id, hour)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER a_hold_is_added AFTER INSERT ON jobs WHEN NEW.held_microusd > 0
BEGIN
    INSERT INTO hourly_sums (guild_id, hour, microusd) VALUES (0, NEW.created_at / 3600000, NEW.held_microusd)
    ON CONFLICT (guild_id, hour) DO UPDATE SET microusd = microusd + excluded.microusd;
    INSERT INTO hourly_sums (guild_id, hour, microusd)
    SELECT NEW.guild_id, NEW.created_at / 3600000, NEW.held_microusd WHERE NEW.guild_id <> 0
    ON CONFLICT (guild_id, hour) DO UPDATE SET microusd = microusd + excluded.microusd;
END;
CREATE TRIGGER a_hold_is_changed AFTER UPDATE OF held_microusd, created_at, guild_id ON jobs
WHEN NEW.held_microusd <> OLD.held_microusd OR NEW.created_at <> OLD.created_at OR NEW.guild_id <> OLD.guild_id
BEGIN
    INSERT INTO hourly_sums (guild_id, hour, microusd) VALUES (0, NEW.created_at / 3600000, NEW.held_microusd)
    ON CONFLICT (guild_id, hour) DO UPDATE SET microusd = microusd + excluded.microusd;
    INSERT INTO hourly_sums (guild_id, hour, microusd)
    SELECT NEW.guild_id, NEW.created_at / 3600000, NEW.held_microusd WHERE NEW.guild_id <> 0
    ON CONFLICT (guild_id, hour) DO UPDATE SET microusd = microusd + excluded.microusd;
    UPDATE hourly_sums SET microusd = microusd - OLD.held_microusd
    WHERE guild_id IN (0, OLD.guild_id) AND hour = OLD.created_at / 3600000;
    DELETE FROM hourly_sums
    WHERE guild_id IN (0, OLD.guild_id, NEW.guild_id) AND hour IN (OLD.created_at / 3600000, NEW.created_at / 3600000)
      AND microusd = 0;
END;
CREATE TRIGGER a_hold_is_gone AFTER DELETE ON jobs WHEN OLD.held_microusd > 0
BEGIN
    UPDATE hourly_sums SET microusd = microusd - OLD.held_microusd
    WHERE guild_id IN (0, OLD.guild_id) AND hour = OLD.created_at / 3600000;
    DELETE FROM hourly_sums
    WHERE guild_id IN (0, OLD.guild_id) AND hour = OLD.created_at / 3600000 AND microusd = 0;
END;

INSERT INTO hourly_sums (guild_id, hour, microusd)
SELECT guild_id, created_at / 3600000, SUM(held_microusd) FROM jobs
WHERE held_microusd > 0 AND guild_id <> 0 GROUP BY guild_id, created_at / 3600000;
INSERT INTO hourly_sums (guild_id, hour, microusd)
SELECT 0, created_at / 3600000, SUM(held_microusd) FROM jobs WHERE held_microusd > 0 GROUP BY created_at / 3600000;

-- Each index is one more page that a reservation has to write. One for what a member did and one for what a server did
-- answer what five did; who may claim what is due has been read from `jobs_free` and `jobs_in_line` for a while; and a
-- description can only be old once its job has ended.
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

-- A new job has the highest number and has never been sent, so it moves its lines in two statements and not in six.
DROP TRIGGER a_job_enters_the_line;
CREATE TRIGGER a_job_enters_the_line AFTER INSERT ON jobs
WHEN NEW.state IN ('submitting', 'generating') OR (NEW.state = 'queued' AND NEW.submitted_at IS NOT NULL)
BEGIN
    INSERT INTO line_moves (guild_id, user_id, queued, running)
    VALUES (NEW.guild_id, NEW.user_id, NEW.state = 'queued', NEW.state <> 'queued');
END;
CREATE TRIGGER a_new_job_enters_the_line AFTER INSERT ON jobs
WHEN NEW.state = 'queued' AND NEW.submitted_at IS NULL
BEGIN
    INSERT INTO member_lines (guild_id, user_id, queued, running, served_at, first_id)
    VALUES (NEW.guild_id, NEW.user_id, 1, 0,
            COALESCE((SELECT MAX(submitted_at) FROM jobs WHERE guild_id = NEW.guild_id
                      AND user_id = NEW.user_id AND submitted_at IS NOT NULL), 0), NEW.id)
    ON CONFLICT (guild_id, user_id) DO UPDATE SET
        queued = queued + 1,
        first_id = CASE WHEN first_id < excluded.first_id THEN first_id ELSE excluded.first_id END;
    INSERT INTO server_lines (guild_id, queued, running, served_at, first_id)
    VALUES (NEW.guild_id, 1, 0,
            COALESCE((SELECT MAX(submitted_at) FROM jobs
                      WHERE guild_id = NEW.guild_id AND submitted_at IS NOT NULL), 0), NEW.id)
    ON CONFLICT (guild_id) DO UPDATE SET
        queued = queued + 1,
        first_id = (SELECT first_id FROM member_lines WHERE guild_id = excluded.guild_id AND queued > 0
                    ORDER BY running, served_at, first_id LIMIT 1);
END;
