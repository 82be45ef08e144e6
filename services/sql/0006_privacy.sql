-- Videos that only their members see, clips behind a spoiler, and descriptions that are forgotten.
--
-- A prompt that was forgotten is empty; nobody can ask with an empty one. What has still to be sent keeps its prompt,
-- so a wish to forget is written down (`forgets_prompt`) and carried out by the trigger below in the moment that the
-- job ends. `forgets_member` says that the member asked to be forgotten: what a job weighs stays theirs until no limit
-- looks that far back, or forgetting would give them their videos again.

ALTER TABLE jobs ADD COLUMN is_private INTEGER NOT NULL DEFAULT 0
    CHECK (is_private = 0 OR (is_private = 1 AND route = 'direct'));
ALTER TABLE jobs ADD COLUMN is_spoiler INTEGER NOT NULL DEFAULT 0 CHECK (is_spoiler IN (0, 1));
ALTER TABLE jobs ADD COLUMN forgets_prompt INTEGER NOT NULL DEFAULT 0
    CHECK (forgets_prompt IN (0, 1) AND (prompt <> '' OR state NOT IN ('queued', 'submitting')));
ALTER TABLE jobs ADD COLUMN forgets_member INTEGER NOT NULL DEFAULT 0 CHECK (forgets_member IN (0, 1));
ALTER TABLE offers ADD COLUMN is_private INTEGER NOT NULL DEFAULT 0 CHECK (is_private IN (0, 1));
ALTER TABLE offers ADD COLUMN is_spoiler INTEGER NOT NULL DEFAULT 0 CHECK (is_spoiler IN (0, 1));

-- What the hourly look at old prompts reads: nothing of what was forgotten before.
CREATE INDEX jobs_remembered ON jobs (ended_at) WHERE prompt <> '';
-- Whose jobs lose their member once they are old enough.
CREATE INDEX jobs_to_unlink ON jobs (created_at) WHERE forgets_member = 1 AND user_id <> 0;

CREATE TRIGGER a_prompt_is_forgotten_with_the_end AFTER UPDATE OF ended_at ON jobs
WHEN NEW.forgets_prompt = 1 AND NEW.ended_at IS NOT NULL AND NEW.prompt <> ''
BEGIN UPDATE jobs SET prompt = '' WHERE id = NEW.id; END;
