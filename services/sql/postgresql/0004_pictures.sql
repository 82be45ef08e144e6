-- Members' pictures, between the process that takes them in and the one that sends them: see 0012_pictures.sql of the
-- other engine.

CREATE TABLE pictures (
    interaction_id BIGINT NOT NULL,
    position       BIGINT NOT NULL CHECK (position IN (0, 1)),
    content        BYTEA  NOT NULL CHECK (length(content) BETWEEN 1 AND 8388608),
    kept_at        BIGINT NOT NULL,
    PRIMARY KEY (interaction_id, position)
);
-- They are JPEGs: there is nothing left to compress.
ALTER TABLE pictures ALTER COLUMN content SET STORAGE EXTERNAL;
