-- Where the video API may tell us of a job, and the one way back from an end.
--
-- Of an address only a digest is kept: whoever reads the database cannot call it. It is written with the intent to
-- submit, because after a crash in the middle of a submit a message to that address is all that can name the remote id.
-- A table of its own, and without a foreign key: building the table of jobs anew must not empty it.

CREATE TABLE callbacks (
    job_id INTEGER PRIMARY KEY,
    digest TEXT    NOT NULL UNIQUE CHECK (length(digest) = 64)
) STRICT;

-- No two jobs may take the same video for theirs.
CREATE INDEX jobs_by_remote_id ON jobs (remote_id) WHERE remote_id IS NOT NULL;

-- A job that has ended never returns to where money moves. But one that was given up because nobody knew whether it was
-- bought goes on once the video API names its remote id, or, where that was known, the same one again.
CREATE TRIGGER an_ended_job_is_not_made_again BEFORE UPDATE OF state ON jobs
WHEN OLD.ended_at IS NOT NULL AND NEW.state IN ('queued', 'submitting', 'generating')
     AND (NEW.state <> 'generating' OR OLD.reason IS NOT 'submit_unknown'
          OR COALESCE(OLD.remote_id, NEW.remote_id) IS NOT NEW.remote_id)
BEGIN SELECT RAISE(ABORT, 'an ended job is not made again'); END;
