-- What members do with a video that was posted: they let another go on from where it ends, and they delete it.
--
-- `continues` is the video API's own id of the job that the clip goes on from. `removed_at` is the wish to have a result
-- removed: it is written down first, then the worker removes the message and the clip, and what the job weighs stays.

ALTER TABLE jobs ADD COLUMN continues TEXT CHECK (length(continues) > 0);
ALTER TABLE jobs ADD COLUMN removed_at INTEGER CHECK (removed_at IS NULL OR state = 'delivered');
ALTER TABLE offers ADD COLUMN continues TEXT CHECK (length(continues) > 0);
