-- Members' pictures, where the process that takes them in may not be the one that sends them.
--
-- A process that is alone keeps them in a folder and writes nothing here, but for what it is handed when a database is
-- copied. A row lives from the command to the submit. `kept_at` lets nobody sweep what is about to belong to a job.

CREATE TABLE pictures (
    interaction_id INTEGER NOT NULL,
    position       INTEGER NOT NULL CHECK (position IN (0, 1)),
    content        BLOB    NOT NULL CHECK (length(content) BETWEEN 1 AND 8388608),
    kept_at        INTEGER NOT NULL,
    PRIMARY KEY (interaction_id, position)
) STRICT;
