"""Every statement on the table of jobs, in one place; `store` says what each is for."""

from typing import Final

INSERT: Final = """
INSERT INTO jobs (interaction_id, guild_id, channel_id, user_id, state, prompt, model, duration, resolution,
                  aspect_ratio, audio, seed, frames, continues, upload_limit, estimate_microusd, reserved_microusd,
                  held_microusd, uses_bonus, route, is_private, is_spoiler, in_direct_messages, member_language,
                  server_language, forgets_prompt, created_at, next_at)
VALUES (:interaction_id, :guild_id, :channel_id, :user_id, 'queued', :prompt, :model, :duration, :resolution,
        :aspect_ratio, :audio, :seed, :frames, :continues, :upload_limit, :estimate_microusd, :reserved_microusd,
        :reserved_microusd, :uses_bonus, :route, :is_private, :is_spoiler, :in_direct_messages, :member_language,
        :server_language, :forgets_prompt, :created_at, :next_at)
RETURNING *
"""
BY_ID: Final = "SELECT * FROM jobs WHERE id = :id"
# For what is decided by what was read: nobody moves the job between the two.
BY_ID_TO_CHANGE: Final = f"{BY_ID} /*postgresql FOR UPDATE*/"
BY_INTERACTION: Final = "SELECT * FROM jobs WHERE interaction_id = :interaction_id"
ALIVE_OF_MEMBER: Final = """
SELECT * FROM jobs WHERE ended_at IS NULL AND guild_id = :guild_id AND user_id = :user_id ORDER BY id
"""
LATEST_OF_MEMBER: Final = """
SELECT * FROM jobs WHERE guild_id = :guild_id AND user_id = :user_id AND ended_at IS NOT NULL
ORDER BY id DESC LIMIT :most
"""
# By what the indexes `jobs_free` and `jobs_in_line` hold.
UNFINISHED: Final = """
SELECT id FROM jobs WHERE next_at IS NOT NULL AND (state <> 'queued' OR status_message_id IS NULL)
UNION ALL SELECT id FROM jobs WHERE state = 'queued' AND status_message_id IS NOT NULL
"""
PLACES: Final = "SELECT id, place FROM waiting"
# How many are before a job: in its member's line, in the lines of the server's other members, and in other servers'. Of
# two lines whose last turn was at the same time, which is only where neither had one, the older first job goes ahead.
FAR_PLACE: Final = """
WITH this AS (
    SELECT job.id, job.guild_id, job.user_id, own.served_at,
        (SELECT COUNT(*) FROM jobs AS before WHERE before.guild_id = job.guild_id AND before.user_id = job.user_id
            AND before.state = 'queued' AND before.id <= job.id) AS rank,
        own.running, server.running AS server_running, server.served_at AS server_served_at, server.first_id
    FROM jobs AS job
    JOIN member_lines AS own ON own.guild_id = job.guild_id AND own.user_id = job.user_id
    JOIN server_lines AS server ON server.guild_id = job.guild_id
    WHERE job.id = :id AND job.state = 'queued'
      AND NOT EXISTS (SELECT 1 FROM pauses WHERE pauses.guild_id IN (0, job.guild_id))
), members AS (
    SELECT line.queued, this.rank + this.running - line.running - CASE
        WHEN line.served_at < this.served_at OR (line.served_at = this.served_at AND line.first_id < this.id) THEN 0
        ELSE 1 END AS turns
    FROM this JOIN member_lines AS line ON line.guild_id = this.guild_id AND line.user_id <> this.user_id
    WHERE line.queued > 0
), placed AS (
    SELECT this.*, this.rank + COALESCE(
        (SELECT SUM(CASE WHEN queued < turns THEN queued ELSE turns END) FROM members WHERE turns > 0), 0) AS turn
    FROM this
), servers AS (
    SELECT line.queued, placed.turn + placed.server_running - line.running - CASE
        WHEN line.served_at < placed.server_served_at
            OR (line.served_at = placed.server_served_at AND line.first_id < placed.first_id) THEN 0
        ELSE 1 END AS turns
    FROM placed JOIN server_lines AS line ON line.guild_id <> placed.guild_id
    WHERE line.queued > 0 AND NOT EXISTS (SELECT 1 FROM pauses WHERE pauses.guild_id = line.guild_id)
)
SELECT turn + COALESCE(
    (SELECT SUM(CASE WHEN queued < turns THEN queued ELSE turns END) FROM servers WHERE turns > 0), 0) AS place
FROM placed
"""
ACKNOWLEDGE: Final = """
UPDATE jobs SET status_message_id = :message_id, next_at = :now, attempts = 0, lease_until = 0, fence = fence + 1
WHERE id = :id AND state = 'queued' AND status_message_id IS NULL
RETURNING *
"""
# A job that takes longer than usual gives its place to the others: a few that never end must not stop the bot. One
# whose answer is only looked for is not sent from there, and takes none.
OCCUPIED: Final = """
SELECT (SELECT COUNT(*) FROM jobs
        WHERE ended_at IS NULL AND late_at IS NULL AND state IN ('submitting', 'generating'))
     + (SELECT COUNT(*) FROM jobs
        WHERE state = 'queued' AND status_message_id IS NOT NULL AND lease_until > 0 AND lease_until > :now) AS jobs
"""
# Whatever is due. Several processes may claim at once: each takes what no other has in hand. When somebody may take a
# job is what the index `jobs_free` is sorted by, so that of what is held or due later nothing is read.
CLAIM_DUE: Final = """
UPDATE jobs SET owner = :owner, lease_until = :lease_until, fence = fence + 1
WHERE id IN (
    SELECT id FROM jobs
    WHERE CASE WHEN lease_until > next_at THEN lease_until ELSE next_at END <= :now
      AND next_at IS NOT NULL AND (state <> 'queued' OR status_message_id IS NULL)
    ORDER BY CASE WHEN lease_until > next_at THEN lease_until ELSE next_at END LIMIT :most
    /*postgresql FOR UPDATE SKIP LOCKED*/
)
RETURNING *
"""
# When the first in line may go, were it for its own time alone: before that nobody has to find out whose turn it is.
FIRST_IN_LINE: Final = """
SELECT CASE WHEN lease_until > next_at THEN lease_until ELSE next_at END AS at FROM jobs
WHERE state = 'queued' AND status_message_id IS NOT NULL
  AND CASE WHEN lease_until > next_at THEN lease_until ELSE next_at END <= :until
  AND (owner IS NULL OR owner <> :owner OR lease_until <= :now)
ORDER BY CASE WHEN lease_until > next_at THEN lease_until ELSE next_at END LIMIT 1
"""
# Those whose turn it is; one process at a time, or a slot would be given twice.
CLAIM_TURNS: Final = """
UPDATE jobs SET owner = :owner, lease_until = :lease_until, fence = fence + 1
WHERE id IN (SELECT value FROM json_each(CAST(:ids AS TEXT)))
  AND state = 'queued' AND status_message_id IS NOT NULL AND next_at <= :now AND lease_until <= :now
RETURNING *
"""
NEXT_CLAIM: Final = """
SELECT CASE WHEN lease_until > next_at THEN lease_until ELSE next_at END AS at FROM jobs
WHERE next_at IS NOT NULL AND (state <> 'queued' OR status_message_id IS NULL)
  AND CASE WHEN lease_until > next_at THEN lease_until ELSE next_at END <= :until
  AND (owner IS NULL OR owner <> :owner OR lease_until <= :now)
ORDER BY CASE WHEN lease_until > next_at THEN lease_until ELSE next_at END LIMIT 1
"""
# The same of those in line, for as long as there are free slots.
NEXT_TURN: Final = """
SELECT CASE WHEN lease_until > next_at THEN lease_until ELSE next_at END AS at FROM jobs
WHERE state = 'queued' AND status_message_id IS NOT NULL
  AND CASE WHEN lease_until > next_at THEN lease_until ELSE next_at END <= :until
  AND (owner IS NULL OR owner <> :owner OR lease_until <= :now)
  AND NOT EXISTS (SELECT 1 FROM pauses WHERE pauses.guild_id IN (0, jobs.guild_id))
ORDER BY CASE WHEN lease_until > next_at THEN lease_until ELSE next_at END LIMIT 1
"""
NEXT_LIFT: Final = "SELECT MIN(until) AS at FROM pauses WHERE until IS NOT NULL"
AMBIGUOUS: Final = "SELECT COUNT(*) AS jobs FROM jobs WHERE reason = 'submit_unknown' AND ended_at > :since"
UNKNOWN: Final = "SELECT * FROM jobs WHERE reason = 'submit_unknown' AND resolved_at IS NULL ORDER BY id LIMIT :most"
# Whatever anybody says: what was billed was spent.
RESOLVE: Final = """
UPDATE jobs SET resolved_at = :now,
    held_microusd = CASE WHEN :was_spent = 1 OR cost_microusd IS NOT NULL THEN held_microusd ELSE 0 END
WHERE id = :id AND reason = 'submit_unknown' AND resolved_at IS NULL
RETURNING *
"""
# Of these jobs, those that the process holds.
HELD: Final = """
SELECT * FROM jobs
WHERE id IN (SELECT value FROM json_each(CAST(:ids AS TEXT))) AND owner = :owner AND lease_until > :now
"""
RENEW: Final = (
    "UPDATE jobs SET lease_until = :lease_until WHERE owner = :owner AND lease_until > 0 AND next_at IS NOT NULL"
)
# Jobs at rest keep the lease that they ended with: nobody claims them, and there are many.
RELEASE: Final = """
UPDATE jobs SET lease_until = 0 WHERE owner = :owner AND lease_until > 0 AND next_at IS NOT NULL
  AND id NOT IN (SELECT value FROM json_each(CAST(:keep AS TEXT)))
"""
RELEASE_ALL: Final = "UPDATE jobs SET lease_until = 0 WHERE lease_until > 0 AND next_at IS NOT NULL"
WRITE: Final = """
UPDATE jobs SET
    state = :state, reason = :reason, remote_id = :remote_id, cost_microusd = :cost_microusd,
    submitted_at = :submitted_at, completed_at = :completed_at, seen_at = :seen_at, delivering_at = :delivering_at,
    ended_at = :ended_at, told_at = :told_at, next_at = :next_at, attempts = :attempts,
    result_channel_id = :result_channel_id, result_message_id = :result_message_id,
    counts = CASE WHEN state = :state OR again_at IS NOT NULL THEN counts ELSE :counts END,
    held_microusd = CASE WHEN state = :state OR again_at IS NOT NULL THEN held_microusd ELSE :held_microusd END,
    lease_until = CASE WHEN :is_released = 1 THEN 0 ELSE lease_until END
WHERE id = :id AND state = :old_state AND fence = :fence
RETURNING *
"""
