-- Videos that start from a picture.
--
-- Of the pictures only the number is stored: they lie in a folder beside the database, by the interaction that asked
-- for the video, until they were sent. What a member chose *Animate this* on waits here while they write what should
-- happen in it, because Discord names the picture's address only once, and a restart may come in between.

ALTER TABLE jobs ADD COLUMN frames INTEGER NOT NULL DEFAULT 0 CHECK (frames BETWEEN 0 AND 2);
ALTER TABLE offers ADD COLUMN frames INTEGER NOT NULL DEFAULT 0 CHECK (frames BETWEEN 0 AND 2);

CREATE TABLE chosen_pictures (
    interaction_id INTEGER PRIMARY KEY,
    guild_id       INTEGER NOT NULL,
    user_id        INTEGER NOT NULL,
    url            TEXT    NOT NULL,
    size           INTEGER NOT NULL CHECK (size >= 0),
    expires_at     INTEGER NOT NULL
) STRICT;
