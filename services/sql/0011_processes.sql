-- What several processes on one database take turns at; a process that is alone on its file writes nothing here.
--
-- A duty is what one process at a time does for all: it has it until `lease_until`, renews it while it lives, and
-- another follows when it does not. A gateway connection is opened in turns as well: Discord takes one IDENTIFY in five
-- seconds from each bucket of shards, whichever process sends it, and after a thousand in a day resets the token.

CREATE TABLE duties (
    name        TEXT    PRIMARY KEY CHECK (name <> ''),
    owner       TEXT    NOT NULL CHECK (owner <> ''),
    lease_until INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE identify_turns (
    bucket  INTEGER PRIMARY KEY CHECK (bucket >= 0),
    owner   TEXT    NOT NULL CHECK (owner <> ''),
    free_at INTEGER NOT NULL
) STRICT;
