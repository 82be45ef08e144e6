-- Money in the limits, what servers and the owner decide, and a record of who changed what.
--
-- What was spent stays derived from the jobs: `held_microusd` is what a job weighs, and the indexes below answer for a
-- member, a server and everybody from the index alone. The table of limits is built anew because a CHECK of it has to
-- know the new columns.

ALTER TABLE jobs ADD COLUMN estimate_microusd INTEGER NOT NULL DEFAULT 0 CHECK (estimate_microusd >= 0);
ALTER TABLE jobs ADD COLUMN uses_bonus INTEGER NOT NULL DEFAULT 0 CHECK (uses_bonus IN (0, 1));
-- When the owner looked into an unknown submit and said what became of its money.
ALTER TABLE jobs ADD COLUMN resolved_at INTEGER;

-- The count of a day is read from this index alone, and a bonus video is none of the day's.
DROP INDEX jobs_by_member;
CREATE INDEX jobs_by_member ON jobs (user_id, created_at, guild_id, uses_bonus, counts) WHERE counts = 1;
CREATE INDEX jobs_attempts ON jobs (user_id, guild_id, created_at);
CREATE INDEX jobs_money_of_member ON jobs (user_id, created_at, guild_id, held_microusd) WHERE held_microusd > 0;
CREATE INDEX jobs_money_of_server ON jobs (guild_id, created_at, held_microusd) WHERE held_microusd > 0;
CREATE INDEX jobs_money ON jobs (created_at, held_microusd) WHERE held_microusd > 0;
CREATE INDEX jobs_of_server ON jobs (guild_id, created_at);
CREATE INDEX jobs_bonus ON jobs (user_id, guild_id, uses_bonus, counts) WHERE uses_bonus = 1 AND counts = 1;
CREATE INDEX jobs_unknown ON jobs (id) WHERE reason = 'submit_unknown' AND resolved_at IS NULL;
CREATE INDEX jobs_ambiguous ON jobs (ended_at) WHERE reason = 'submit_unknown';

CREATE TABLE new_limits (
    guild_id        INTEGER NOT NULL,
    subject         TEXT    NOT NULL CHECK (subject IN ('member', 'role', 'server')),
    subject_id      INTEGER NOT NULL,
    videos_per_day  INTEGER CHECK (videos_per_day BETWEEN 0 AND 10000),
    running_at_once INTEGER CHECK (running_at_once BETWEEN 0 AND 1000),
    microusd        INTEGER CHECK (microusd BETWEEN 0 AND 1000000000000),
    longest_clip    INTEGER CHECK (longest_clip BETWEEN 0 AND 3600),
    dearest_clip    INTEGER CHECK (dearest_clip BETWEEN 0 AND 1000000000000),
    changed_by      INTEGER NOT NULL,
    changed_at      INTEGER NOT NULL,
    PRIMARY KEY (guild_id, subject, subject_id),
    CHECK ((subject = 'server') = (subject_id = 0)),
    CHECK (COALESCE(videos_per_day, running_at_once, microusd, longest_clip, dearest_clip) IS NOT NULL)
) STRICT, WITHOUT ROWID;
INSERT INTO new_limits (guild_id, subject, subject_id, videos_per_day, running_at_once, changed_by, changed_at)
SELECT guild_id, subject, subject_id, videos_per_day, running_at_once, changed_by, changed_at FROM limits;
DROP TABLE limits;
ALTER TABLE new_limits RENAME TO limits;

-- Videos that a manager gave somebody once, beyond their day.
CREATE TABLE bonuses (
    interaction_id INTEGER PRIMARY KEY,
    guild_id       INTEGER NOT NULL,
    user_id        INTEGER NOT NULL,
    videos         INTEGER NOT NULL CHECK (videos BETWEEN 1 AND 1000),
    granted_by     INTEGER NOT NULL,
    granted_at     INTEGER NOT NULL
) STRICT;
CREATE INDEX bonuses_of_member ON bonuses (user_id, guild_id, videos);

-- Members who may not make videos: in one server, or (guild_id 0) anywhere.
CREATE TABLE blocks (
    guild_id   INTEGER NOT NULL,
    user_id    INTEGER NOT NULL,
    blocked_by INTEGER NOT NULL,
    blocked_at INTEGER NOT NULL,
    PRIMARY KEY (guild_id, user_id)
) STRICT, WITHOUT ROWID;

-- Where nothing new is sent: one server, or (guild_id 0) everywhere. `until` lifts a pause that the bot made itself.
CREATE TABLE pauses (
    guild_id  INTEGER NOT NULL,
    reason    TEXT    NOT NULL CHECK (reason IN ('manager', 'owner', 'account', 'ambiguous')),
    since     INTEGER NOT NULL,
    until     INTEGER,
    paused_by INTEGER NOT NULL,
    PRIMARY KEY (guild_id, reason)
) STRICT, WITHOUT ROWID;

-- Dollars per 30 days that only the owner sets: for one server, or (guild_id 0) for everything.
CREATE TABLE budgets (
    guild_id   INTEGER PRIMARY KEY,
    microusd   INTEGER NOT NULL CHECK (microusd BETWEEN 0 AND 1000000000000),
    changed_by INTEGER NOT NULL,
    changed_at INTEGER NOT NULL
) STRICT;

-- What a server's managers chose. Lists are JSON arrays: they are read whole, and never searched.
CREATE TABLE servers (
    guild_id       INTEGER PRIMARY KEY,
    channels       TEXT    NOT NULL DEFAULT '[]',
    models         TEXT    NOT NULL DEFAULT '[]',
    model          TEXT,
    duration       INTEGER CHECK (duration > 0),
    resolution     TEXT,
    aspect_ratio   TEXT,
    audio          INTEGER CHECK (audio IN (0, 1)),
    log_channel_id INTEGER
) STRICT;

-- Requests that wait for their member's yes, because of their price.
CREATE TABLE offers (
    id             INTEGER PRIMARY KEY AUTOINCREMENT,
    interaction_id INTEGER NOT NULL UNIQUE,
    guild_id       INTEGER NOT NULL,
    channel_id     INTEGER NOT NULL,
    user_id        INTEGER NOT NULL,
    prompt         TEXT    NOT NULL,
    model          TEXT    NOT NULL,
    duration       INTEGER NOT NULL,
    resolution     TEXT,
    aspect_ratio   TEXT,
    audio          INTEGER,
    seed           INTEGER,
    microusd       INTEGER NOT NULL,
    expires_at     INTEGER NOT NULL
) STRICT;

-- What the owner or a server's managers have to hear, once. `topic` is unique while a matter lasts.
CREATE TABLE notices (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    topic      TEXT    NOT NULL UNIQUE,
    guild_id   INTEGER NOT NULL,
    kind       TEXT    NOT NULL,
    amount     INTEGER NOT NULL DEFAULT 0,
    compared   INTEGER NOT NULL DEFAULT 0,
    job_id     INTEGER,
    created_at INTEGER NOT NULL,
    told_at    INTEGER
) STRICT;
CREATE INDEX notices_untold ON notices (id) WHERE told_at IS NULL;

-- Who changed what. Nothing in it is ever changed or removed.
CREATE TABLE audit (
    id             INTEGER PRIMARY KEY AUTOINCREMENT,
    interaction_id INTEGER NOT NULL,
    guild_id       INTEGER NOT NULL,
    actor_id       INTEGER NOT NULL,
    action         TEXT    NOT NULL,
    subject        TEXT    NOT NULL,
    before         TEXT    NOT NULL,
    after          TEXT    NOT NULL,
    at             INTEGER NOT NULL
) STRICT;
CREATE INDEX audit_of_server ON audit (guild_id, id);
CREATE TRIGGER audit_is_never_changed BEFORE UPDATE ON audit
BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
CREATE TRIGGER audit_is_never_removed BEFORE DELETE ON audit
BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;

-- The turn of a waiting job, as before, but nobody waits in line where nothing may be sent.
DROP VIEW waiting;
CREATE VIEW waiting AS
WITH upstream AS (
    SELECT guild_id, user_id, COUNT(*) AS running FROM jobs
    WHERE ended_at IS NULL AND state IN ('submitting', 'generating')
    GROUP BY guild_id, user_id
), member_turns AS (
    SELECT job.id, job.guild_id,
        ROW_NUMBER() OVER (PARTITION BY job.guild_id, job.user_id ORDER BY job.id)
        + COALESCE((SELECT running FROM upstream AS u
                    WHERE u.guild_id = job.guild_id AND u.user_id = job.user_id), 0) AS member_turn,
        COALESCE((SELECT MAX(sent.submitted_at) FROM jobs AS sent
                  WHERE sent.guild_id = job.guild_id AND sent.user_id = job.user_id
                    AND sent.submitted_at IS NOT NULL), 0) AS member_served_at
    FROM jobs AS job
    WHERE job.ended_at IS NULL AND job.state = 'queued'
      AND NOT EXISTS (SELECT 1 FROM pauses WHERE pauses.guild_id IN (0, job.guild_id))
), server_turns AS (
    SELECT id,
        ROW_NUMBER() OVER (PARTITION BY turn.guild_id ORDER BY member_turn, member_served_at, id)
        + COALESCE((SELECT SUM(running) FROM upstream AS u WHERE u.guild_id = turn.guild_id), 0) AS server_turn,
        COALESCE((SELECT MAX(sent.submitted_at) FROM jobs AS sent
                  WHERE sent.guild_id = turn.guild_id AND sent.submitted_at IS NOT NULL), 0) AS server_served_at
    FROM member_turns AS turn
)
SELECT id, ROW_NUMBER() OVER (ORDER BY server_turn, server_served_at, id) AS place FROM server_turns;
