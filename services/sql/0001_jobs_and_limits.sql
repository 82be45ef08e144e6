-- The first schema: one row per video job, and the limits that servers set.
--
-- A job's row carries everything that a restart needs. Times are milliseconds since 1970 in UTC, money is
-- micro-dollars. The CHECKs repeat the state machine's rules, so that no writer, ours or a person's with a shell,
-- can store a job that means nothing. `owner`, `lease_until`, `fence`, `next_at` and `attempts` serve one process
-- today and several later.

CREATE TABLE jobs (
    id                INTEGER PRIMARY KEY AUTOINCREMENT,
    interaction_id    INTEGER NOT NULL UNIQUE,
    guild_id          INTEGER NOT NULL,
    channel_id        INTEGER NOT NULL,
    user_id           INTEGER NOT NULL,
    state             TEXT    NOT NULL CHECK (state IN ('queued', 'submitting', 'generating', 'downloading',
                                                        'delivering', 'delivered', 'cancelled', 'failed')),
    reason            TEXT    CHECK (reason IN ('refused', 'rejected', 'account', 'upstream_failed', 'expired',
                                                'submit_unknown', 'unplayable', 'too_large', 'undeliverable',
                                                'deadline')),
    prompt            TEXT    NOT NULL,
    model             TEXT    NOT NULL,
    duration          INTEGER NOT NULL CHECK (duration > 0),
    resolution        TEXT,
    aspect_ratio      TEXT,
    audio             INTEGER CHECK (audio IN (0, 1)),
    seed              INTEGER,
    upload_limit      INTEGER NOT NULL CHECK (upload_limit > 0),
    status_message_id INTEGER,
    result_channel_id INTEGER,
    result_message_id INTEGER,
    remote_id         TEXT    CHECK (length(remote_id) > 0),
    counts            INTEGER NOT NULL DEFAULT 1 CHECK (counts IN (0, 1)),
    reserved_microusd INTEGER NOT NULL CHECK (reserved_microusd >= 0),
    held_microusd     INTEGER NOT NULL CHECK (held_microusd >= 0),
    cost_microusd     INTEGER CHECK (cost_microusd >= 0),
    created_at        INTEGER NOT NULL,
    submitted_at      INTEGER,
    completed_at      INTEGER,
    delivering_at     INTEGER,
    ended_at          INTEGER,
    told_at           INTEGER,
    next_at           INTEGER,
    attempts          INTEGER NOT NULL DEFAULT 0 CHECK (attempts >= 0),
    owner             TEXT,
    lease_until       INTEGER NOT NULL DEFAULT 0,
    fence             INTEGER NOT NULL DEFAULT 0,
    CHECK ((state = 'failed') = (reason IS NOT NULL)),
    CHECK ((state IN ('delivered', 'cancelled', 'failed')) = (ended_at IS NOT NULL)),
    CHECK (state NOT IN ('queued', 'submitting') OR remote_id IS NULL),
    CHECK (state NOT IN ('generating', 'downloading', 'delivering', 'delivered') OR remote_id IS NOT NULL),
    CHECK (state <> 'submitting' OR submitted_at IS NOT NULL),
    CHECK (state <> 'delivering' OR completed_at IS NOT NULL),
    CHECK (state <> 'delivered' OR (result_message_id IS NOT NULL AND result_channel_id IS NOT NULL)),
    CHECK (state IN ('delivered', 'cancelled', 'failed') OR next_at IS NOT NULL),
    CHECK (state <> 'cancelled' OR counts = 0)
) STRICT;

-- What a member used: the count of a rolling day is read from this index alone.
CREATE INDEX jobs_by_member ON jobs (user_id, created_at, guild_id, counts) WHERE counts = 1;
-- What is alive is little, however long the history grows; `ended_at IS NULL` is what names it.
CREATE INDEX jobs_alive ON jobs (guild_id, user_id, state) WHERE ended_at IS NULL;
-- What is due. A job at rest is not in it.
CREATE INDEX jobs_due ON jobs (next_at) WHERE next_at IS NOT NULL;
-- A member's latest, and a model's latest for its usual time.
CREATE INDEX jobs_latest ON jobs (user_id, guild_id, id);
CREATE INDEX jobs_delivered ON jobs (model, id) WHERE state = 'delivered';
-- When a server's and a member's last turn was; only a job that was sent had one.
CREATE INDEX jobs_sent_for_server ON jobs (guild_id, submitted_at) WHERE submitted_at IS NOT NULL;
CREATE INDEX jobs_sent_for_member ON jobs (guild_id, user_id, submitted_at) WHERE submitted_at IS NOT NULL;

-- Whose turn it is: fair between servers first, then between the members of a server, then by age. What a server
-- or a member already has upstream counts as turns taken; of those with as many, whoever's last turn was longest ago
-- is next, or the oldest long queues would share the slots and the others wait. `place` is both the order of work and
-- what members read.
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
), server_turns AS (
    SELECT id,
        ROW_NUMBER() OVER (PARTITION BY turn.guild_id ORDER BY member_turn, member_served_at, id)
        + COALESCE((SELECT SUM(running) FROM upstream AS u WHERE u.guild_id = turn.guild_id), 0) AS server_turn,
        COALESCE((SELECT MAX(sent.submitted_at) FROM jobs AS sent
                  WHERE sent.guild_id = turn.guild_id AND sent.submitted_at IS NOT NULL), 0) AS server_served_at
    FROM member_turns AS turn
)
SELECT id, ROW_NUMBER() OVER (ORDER BY server_turn, server_served_at, id) AS place FROM server_turns;

CREATE TABLE limits (
    guild_id        INTEGER NOT NULL,
    subject         TEXT    NOT NULL CHECK (subject IN ('member', 'role', 'server')),
    subject_id      INTEGER NOT NULL,
    videos_per_day  INTEGER CHECK (videos_per_day BETWEEN 0 AND 10000),
    running_at_once INTEGER CHECK (running_at_once BETWEEN 0 AND 1000),
    changed_by      INTEGER NOT NULL,
    changed_at      INTEGER NOT NULL,
    PRIMARY KEY (guild_id, subject, subject_id),
    CHECK ((subject = 'server') = (subject_id = 0)),
    CHECK (videos_per_day IS NOT NULL OR running_at_once IS NOT NULL)
) STRICT, WITHOUT ROWID;

-- Facts about this installation, such as the fingerprint of the commands that Discord was last given.
CREATE TABLE facts (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
