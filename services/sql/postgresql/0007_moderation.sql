-- What may not be described, who described it too often, what was reported, and what was taken down: see
-- 0014_moderation.sql of the other engine.

CREATE TABLE words (
    guild_id BIGINT NOT NULL,
    folded   TEXT COLLATE "C" NOT NULL CHECK (folded <> ''),
    word     TEXT COLLATE "C" NOT NULL,
    added_by BIGINT NOT NULL,
    added_at BIGINT NOT NULL,
    PRIMARY KEY (guild_id, folded)
);

CREATE TABLE word_refusals (
    interaction_id BIGINT PRIMARY KEY,
    guild_id       BIGINT NOT NULL,
    user_id        BIGINT NOT NULL,
    refused_at     BIGINT NOT NULL
);
CREATE INDEX word_refusals_of_member ON word_refusals (guild_id, user_id, refused_at);
CREATE INDEX word_refusals_by_age ON word_refusals (refused_at);
CREATE INDEX jobs_refused ON jobs (guild_id, user_id, ended_at) WHERE reason = 'refused';

CREATE TABLE member_pauses (
    guild_id BIGINT NOT NULL,
    user_id  BIGINT NOT NULL,
    since    BIGINT NOT NULL,
    until    BIGINT NOT NULL,
    ended_by BIGINT,
    PRIMARY KEY (guild_id, user_id, since)
);
CREATE INDEX member_pauses_of_person ON member_pauses (user_id);

ALTER TABLE notices ADD COLUMN user_id BIGINT;
ALTER TABLE notices ADD COLUMN until BIGINT;
ALTER TABLE notices ADD COLUMN channel_id BIGINT;
ALTER TABLE notices ADD COLUMN message_id BIGINT;
ALTER TABLE notices ADD COLUMN remark TEXT COLLATE "C" NOT NULL DEFAULT '';
CREATE INDEX notices_reports ON notices (user_id, created_at) WHERE kind = 'report';

ALTER TABLE servers ADD COLUMN age_restricted_only BIGINT NOT NULL DEFAULT 0 CHECK (age_restricted_only IN (0, 1));

ALTER TABLE jobs ADD COLUMN taken_down_at BIGINT;
CREATE INDEX jobs_gone ON jobs (remote_id) WHERE removed_at IS NOT NULL OR taken_down_at IS NOT NULL;
CREATE INDEX jobs_continuing ON jobs (continues) WHERE continues IS NOT NULL;
