-- Videos that were asked for in the bot's own direct messages.
--
-- `guild_id` is then the server that direct messages count as, whose limits and budgets hold and which its member was in;
-- `channel_id` is the channel of the direct messages. Such a clip is shown nowhere else, so it never goes to a channel of
-- a server, and `is_private` would add nothing. Every video counts somewhere: server 0 is none.

ALTER TABLE jobs ADD COLUMN in_direct_messages INTEGER NOT NULL DEFAULT 0
    CHECK (in_direct_messages = 0
           OR (in_direct_messages = 1 AND guild_id <> 0 AND is_private = 0 AND route <> 'elsewhere'));
