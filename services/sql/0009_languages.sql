-- In which language a job is spoken of.
--
-- Both languages are written down when the job is asked for: its member's for what only they read, and the server's for
-- what the channel reads. Whoever goes on with the job, after a restart or in another process, then says exactly the
-- same; a message whose posting ended in doubt is looked for by its text. The values are Discord's names of languages,
-- also of those that the bot does not speak. `servers.language` is what managers chose; without it Discord's word holds.

ALTER TABLE jobs ADD COLUMN member_language TEXT NOT NULL DEFAULT 'en-US' CHECK (member_language <> '');
ALTER TABLE jobs ADD COLUMN server_language TEXT NOT NULL DEFAULT 'en-US' CHECK (server_language <> '');
ALTER TABLE servers ADD COLUMN language TEXT CHECK (language <> '');
