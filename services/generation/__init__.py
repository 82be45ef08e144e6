"""The worker: one step, one side effect, one persisted move; and the ports that it works through."""

from services.generation.ports import Delivery, PostedMessage, VideoApi
from services.generation.shelf import ClipShelf
from services.generation.steps import Plan, Steps
from services.generation.worker import Worker

__all__ = ["ClipShelf", "Delivery", "Plan", "PostedMessage", "Steps", "VideoApi", "Worker"]
