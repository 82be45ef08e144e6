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
BY_INTERACTION: Final = "SELECT * FROM jobs WHERE interaction_id = :interaction_id"
ALIVE_OF_MEMBER: Final = """
SELECT * FROM jobs WHERE ended_at IS NULL AND guild_id = :guild_id AND user_id = :user_id ORDER BY id
"""
LATEST_OF_MEMBER: Final = """
SELECT * FROM jobs WHERE guild_id = :guild_id AND user_id = :user_id AND ended_at IS NOT NULL
ORDER BY id DESC LIMIT :most
"""
UNFINISHED: Final = "SELECT id FROM jobs WHERE next_at IS NOT NULL"
PLACES: Final = "SELECT id, place FROM waiting"
ACKNOWLEDGE: Final = """
UPDATE jobs SET status_message_id = :message_id, next_at = :now, attempts = 0, lease_until = 0, fence = fence + 1
WHERE id = :id AND state = 'queued' AND status_message_id IS NULL
RETURNING *
"""
# A job that takes longer than usual gives its place to the others: a few that never end must not stop the bot.
OCCUPIED: Final = """
SELECT COUNT(*) AS jobs FROM jobs
WHERE ended_at IS NULL AND late_at IS NULL
  AND (state IN ('submitting', 'generating') OR (state = 'queued' AND lease_until > :now))
"""
# The one claiming query: whatever is due, and as many of the waiting, in their turn, as there are free slots.
CLAIM: Final = """
UPDATE jobs SET owner = :owner, lease_until = :lease_until, fence = fence + 1
WHERE id IN (
    SELECT id FROM (
        SELECT id FROM jobs
        WHERE next_at <= :now AND lease_until <= :now AND (state <> 'queued' OR status_message_id IS NULL)
        ORDER BY next_at LIMIT :most
    ) AS due
    UNION ALL
    SELECT id FROM (
        SELECT jobs.id FROM waiting JOIN jobs ON jobs.id = waiting.id
        WHERE jobs.next_at <= :now AND jobs.lease_until <= :now AND jobs.status_message_id IS NOT NULL
        ORDER BY waiting.place LIMIT :slots
    ) AS turn
)
RETURNING *
"""
NEXT_CLAIM: Final = """
SELECT MIN(CASE WHEN lease_until > next_at THEN lease_until ELSE next_at END) AS at FROM jobs
WHERE next_at IS NOT NULL AND (owner IS NULL OR owner <> :owner OR lease_until <= :now)
  AND (state <> 'queued' OR status_message_id IS NULL
       OR (:slots > 0 AND NOT EXISTS (SELECT 1 FROM pauses WHERE pauses.guild_id IN (0, jobs.guild_id))))
"""
NEXT_LIFT: Final = "SELECT MIN(until) AS at FROM pauses WHERE until IS NOT NULL"
AMBIGUOUS: Final = "SELECT COUNT(*) AS jobs FROM jobs WHERE reason = 'submit_unknown' AND ended_at > :since"
UNKNOWN: Final = "SELECT * FROM jobs WHERE reason = 'submit_unknown' AND resolved_at IS NULL ORDER BY id LIMIT :most"
RESOLVE: Final = """
UPDATE jobs SET resolved_at = :now, held_microusd = CASE WHEN :was_spent = 1 THEN held_microusd ELSE 0 END
WHERE id = :id AND reason = 'submit_unknown' AND resolved_at IS NULL
RETURNING *
"""
RENEW: Final = (
    "UPDATE jobs SET lease_until = :lease_until WHERE owner = :owner AND lease_until > 0 AND next_at IS NOT NULL"
)
# Jobs at rest keep the lease that they ended with: nobody claims them, and there are many.
RELEASE: Final = "UPDATE jobs SET lease_until = 0 WHERE owner = :owner AND lease_until > 0 AND next_at IS NOT NULL"
RELEASE_ALL: Final = "UPDATE jobs SET lease_until = 0 WHERE lease_until > 0 AND next_at IS NOT NULL"
WRITE: Final = """
UPDATE jobs SET
    state = :state, reason = :reason, remote_id = :remote_id, cost_microusd = :cost_microusd,
    submitted_at = :submitted_at, completed_at = :completed_at, delivering_at = :delivering_at,
    ended_at = :ended_at, told_at = :told_at, next_at = :next_at, attempts = :attempts,
    result_channel_id = :result_channel_id, result_message_id = :result_message_id,
    counts = CASE WHEN state = :state OR again_at IS NOT NULL THEN counts ELSE :counts END,
    held_microusd = CASE WHEN state = :state OR again_at IS NOT NULL THEN held_microusd ELSE :held_microusd END,
    lease_until = CASE WHEN :is_released = 1 THEN 0 ELSE lease_until END
WHERE id = :id AND state = :old_state AND fence = :fence
RETURNING *
"""
USUAL: Final = """
SELECT ended_at - submitted_at AS took FROM jobs
WHERE model = :model AND state = 'delivered' AND again_at IS NULL ORDER BY id DESC LIMIT :most
"""
