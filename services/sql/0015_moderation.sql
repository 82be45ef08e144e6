-- What may not be described, who described it too often, what was reported, and what was taken down.
--
-- A word that is blocked is kept as it was written, to be shown, and folded, which is what makes it the same as another.
-- A refusal by the video API is a job, so only those by a list of words have rows of their own, for as long as they
-- count. A pause of a member is kept when it is over: the next one is longer. Who reported what is a notice, because it
-- is told once and to the same people.
--
-- `taken_down_at` is the owner's word that nobody shall see a video: also one that is being made, which ends when it
-- comes back. It may stand on a job in any state, unlike `removed_at`.

CREATE TABLE words (
    guild_id INTEGER NOT NULL,
    folded   TEXT    NOT NULL CHECK (folded <> ''),
    word     TEXT    NOT NULL,
    added_by INTEGER NOT NULL,
    added_at INTEGER NOT NULL,
    PRIMARY KEY (guild_id, folded)
) STRICT, WITHOUT ROWID;

CREATE TABLE word_refusals (
    interaction_id INTEGER PRIMARY KEY,
    guild_id       INTEGER NOT NULL,
    user_id        INTEGER NOT NULL,
    refused_at     INTEGER NOT NULL
) STRICT;
CREATE INDEX word_refusals_of_member ON word_refusals (guild_id, user_id, refused_at);
CREATE INDEX word_refusals_by_age ON word_refusals (refused_at);
CREATE INDEX jobs_refused ON jobs (guild_id, user_id, ended_at) WHERE reason = 'refused';

CREATE TABLE member_pauses (
    guild_id INTEGER NOT NULL,
    user_id  INTEGER NOT NULL,
    since    INTEGER NOT NULL,
    until    INTEGER NOT NULL,
    ended_by INTEGER,
    PRIMARY KEY (guild_id, user_id, since)
) STRICT, WITHOUT ROWID;
CREATE INDEX member_pauses_of_person ON member_pauses (user_id);

ALTER TABLE notices ADD COLUMN user_id INTEGER;
ALTER TABLE notices ADD COLUMN until INTEGER;
ALTER TABLE notices ADD COLUMN channel_id INTEGER;
ALTER TABLE notices ADD COLUMN message_id INTEGER;
ALTER TABLE notices ADD COLUMN remark TEXT NOT NULL DEFAULT '';
CREATE INDEX notices_reports ON notices (user_id, created_at) WHERE kind = 'report';

ALTER TABLE servers ADD COLUMN age_restricted_only INTEGER NOT NULL DEFAULT 0 CHECK (age_restricted_only IN (0, 1));

ALTER TABLE jobs ADD COLUMN taken_down_at INTEGER;
-- What goes on from a clip that was deleted or taken down.
CREATE INDEX jobs_gone ON jobs (remote_id) WHERE removed_at IS NOT NULL OR taken_down_at IS NOT NULL;
CREATE INDEX jobs_continuing ON jobs (continues) WHERE continues IS NOT NULL;
