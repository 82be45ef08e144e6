"""The worker: one step, one side effect, one persisted move; and the ports that it works through."""

from services.generation.notifier import Notifier
from services.generation.ports import Delivery, Herald, PostedMessage, VideoApi
from services.generation.shelf import ClipShelf
from services.generation.steps import Plan, Steps
from services.generation.worker import Worker

__all__ = ["ClipShelf", "Delivery", "Herald", "Notifier", "Plan", "PostedMessage", "Steps", "VideoApi", "Worker"]
