-- What several processes take turns at.
--
-- A duty is what one process at a time does for all: it has it until `lease_until`, renews it while it lives, and
-- another follows when it does not. A gateway connection is opened in turns as well: Discord takes one IDENTIFY in five
-- seconds from each bucket of shards, whichever process sends it, and after a thousand in a day resets the token.

CREATE TABLE duties (
    name        TEXT   PRIMARY KEY CHECK (name <> ''),
    owner       TEXT   NOT NULL CHECK (owner <> ''),
    lease_until BIGINT NOT NULL
);

CREATE TABLE identify_turns (
    bucket  BIGINT PRIMARY KEY CHECK (bucket >= 0),
    owner   TEXT   NOT NULL CHECK (owner <> ''),
    free_at BIGINT NOT NULL
);
