"""The Discord client: what it asks of Discord, which commands it offers, and how it turns people away."""

from cogs.client.video_bot import PERMISSIONS, VideoBot, WithMenu, use_stand_in

__all__ = ["PERMISSIONS", "VideoBot", "WithMenu", "use_stand_in"]
