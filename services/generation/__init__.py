"""The worker: one step, one side effect, one persisted move; and the ports that it works through."""

from services.generation.attempts import Plan
from services.generation.janitor import Janitor
from services.generation.links import Link, OriginalLinks
from services.generation.notifier import Notifier
from services.generation.originals import Original, Originals, Part
from services.generation.ports import Delivery, Herald, PostedMessage, VideoApi
from services.generation.sending_again import SendingAgain
from services.generation.shelf import ClipShelf
from services.generation.steps import Steps
from services.generation.worker import Worker

__all__ = [
    "ClipShelf",
    "Delivery",
    "Herald",
    "Janitor",
    "Link",
    "Notifier",
    "Original",
    "OriginalLinks",
    "Originals",
    "Part",
    "Plan",
    "PostedMessage",
    "SendingAgain",
    "Steps",
    "VideoApi",
    "Worker",
]
