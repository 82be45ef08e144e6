-- What a claim reads, however many jobs wait.
--
-- Whose turn it is was worked out from all waiting jobs at every claim. Now each server and each member with a job in
-- line has a row that says where their line stands: how many wait and run, when their last turn was, and which job is
-- next. The rows are written by triggers, with the change of the job itself, so that no writer can forget them; whoever
-- has nothing waiting or running has none. The view `waiting` stays the definition: it says the same of all jobs.

-- From when on somebody may take a job: it is due, and nobody holds it. Those in line have an index of their own.
CREATE INDEX jobs_free ON jobs (CASE WHEN lease_until > next_at THEN lease_until ELSE next_at END)
WHERE next_at IS NOT NULL AND (state <> 'queued' OR status_message_id IS NULL);
CREATE INDEX jobs_in_line ON jobs (CASE WHEN lease_until > next_at THEN lease_until ELSE next_at END)
WHERE state = 'queued' AND status_message_id IS NOT NULL;
-- What a process holds, and what holds a slot.
CREATE INDEX jobs_leased ON jobs (owner) WHERE lease_until > 0 AND next_at IS NOT NULL;
CREATE INDEX jobs_called ON jobs (lease_until) WHERE state = 'queued' AND lease_until > 0;
CREATE INDEX jobs_running ON jobs (id)
WHERE ended_at IS NULL AND late_at IS NULL AND state IN ('submitting', 'generating');
-- A member's line.
CREATE INDEX jobs_queued ON jobs (guild_id, user_id, id) WHERE state = 'queued';

CREATE TABLE member_lines (
    guild_id  INTEGER NOT NULL,
    user_id   INTEGER NOT NULL,
    queued    INTEGER NOT NULL,
    running   INTEGER NOT NULL,
    served_at INTEGER NOT NULL DEFAULT 0,
    first_id  INTEGER,
    PRIMARY KEY (guild_id, user_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX member_lines_in_turn ON member_lines (guild_id, running, served_at, first_id) WHERE queued > 0;

CREATE TABLE server_lines (
    guild_id  INTEGER PRIMARY KEY,
    queued    INTEGER NOT NULL,
    running   INTEGER NOT NULL,
    served_at INTEGER NOT NULL DEFAULT 0,
    first_id  INTEGER
) STRICT;
CREATE INDEX server_lines_in_turn ON server_lines (running, served_at, first_id) WHERE queued > 0;

-- Not a table but a door: how many more, or fewer, of a member's jobs wait and run than before.
CREATE VIEW line_moves AS SELECT guild_id, user_id, queued, running FROM member_lines;
CREATE TRIGGER a_move_in_line INSTEAD OF INSERT ON line_moves
BEGIN
    INSERT INTO member_lines (guild_id, user_id, queued, running)
    VALUES (NEW.guild_id, NEW.user_id, NEW.queued, NEW.running)
    ON CONFLICT (guild_id, user_id)
    DO UPDATE SET queued = queued + excluded.queued, running = running + excluded.running;
    DELETE FROM member_lines
    WHERE guild_id = NEW.guild_id AND user_id = NEW.user_id AND queued <= 0 AND running <= 0;
    UPDATE member_lines SET
        served_at = COALESCE((SELECT MAX(submitted_at) FROM jobs WHERE guild_id = NEW.guild_id
                              AND user_id = NEW.user_id AND submitted_at IS NOT NULL), 0),
        first_id = (SELECT MIN(id) FROM jobs
                    WHERE guild_id = NEW.guild_id AND user_id = NEW.user_id AND state = 'queued')
    WHERE guild_id = NEW.guild_id AND user_id = NEW.user_id;
    INSERT INTO server_lines (guild_id, queued, running)
    VALUES (NEW.guild_id, NEW.queued, NEW.running)
    ON CONFLICT (guild_id) DO UPDATE SET queued = queued + excluded.queued, running = running + excluded.running;
    DELETE FROM server_lines WHERE guild_id = NEW.guild_id AND queued <= 0 AND running <= 0;
    UPDATE server_lines SET
        served_at = COALESCE((SELECT MAX(submitted_at) FROM jobs
                              WHERE guild_id = NEW.guild_id AND submitted_at IS NOT NULL), 0),
        first_id = (SELECT first_id FROM member_lines WHERE guild_id = NEW.guild_id AND queued > 0
                    ORDER BY running, served_at, first_id LIMIT 1)
    WHERE guild_id = NEW.guild_id;
END;

CREATE TRIGGER a_job_enters_the_line AFTER INSERT ON jobs
WHEN NEW.state IN ('queued', 'submitting', 'generating')
BEGIN
    INSERT INTO line_moves (guild_id, user_id, queued, running)
    VALUES (NEW.guild_id, NEW.user_id, NEW.state = 'queued', NEW.state <> 'queued');
END;
CREATE TRIGGER a_job_moves_in_the_line AFTER UPDATE OF state ON jobs
WHEN (NEW.state = 'queued') <> (OLD.state = 'queued')
    OR (NEW.state IN ('submitting', 'generating')) <> (OLD.state IN ('submitting', 'generating'))
BEGIN
    INSERT INTO line_moves (guild_id, user_id, queued, running)
    VALUES (NEW.guild_id, NEW.user_id, (NEW.state = 'queued') - (OLD.state = 'queued'),
            (NEW.state IN ('submitting', 'generating')) - (OLD.state IN ('submitting', 'generating')));
END;
CREATE TRIGGER a_job_is_taken_out_of_the_line AFTER DELETE ON jobs
WHEN OLD.state IN ('queued', 'submitting', 'generating')
BEGIN
    INSERT INTO line_moves (guild_id, user_id, queued, running)
    VALUES (OLD.guild_id, OLD.user_id, -(OLD.state = 'queued'), -(OLD.state <> 'queued'));
END;

-- Those who stand in line already.
INSERT INTO line_moves (guild_id, user_id, queued, running)
SELECT guild_id, user_id, SUM(state = 'queued'), SUM(state <> 'queued') FROM jobs
WHERE ended_at IS NULL AND state IN ('queued', 'submitting', 'generating')
GROUP BY guild_id, user_id;
