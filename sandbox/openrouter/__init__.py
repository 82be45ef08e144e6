"""A stand-in for OpenRouter's asynchronous video API: real HTTP, real MP4s, and faults on demand.

    async with OpenRouterStandIn(seconds_per_video=0.1) as openrouter:
        openrouter.script(Answer(route="submit", status=500, after_work=True))
        ...  # a client at openrouter.base_url with openrouter.key
        assert len(openrouter.ledger) == 1

As a process of its own: `python -m sandbox.openrouter --port 8790`.
"""

from sandbox.faults import Answer, Delay, Fault, Reset, Silence
from sandbox.openrouter.account import Charge
from sandbox.openrouter.clips import ClipBrief, ClipMaker, DrawnClips, FixedClip
from sandbox.openrouter.faults import (
    EndlessBody,
    GzipBomb,
    JobPlan,
    SlowBody,
    TruncatedBody,
    Truncation,
    UsageShown,
    WebhookPlan,
)
from sandbox.openrouter.jobs import Job
from sandbox.openrouter.standin import DEFAULT_KEY, OpenRouterStandIn
from sandbox.request_log import RequestLog, RequestRecord

__all__ = [
    "DEFAULT_KEY",
    "Answer",
    "Charge",
    "ClipBrief",
    "ClipMaker",
    "Delay",
    "DrawnClips",
    "EndlessBody",
    "Fault",
    "FixedClip",
    "GzipBomb",
    "Job",
    "JobPlan",
    "OpenRouterStandIn",
    "RequestLog",
    "RequestRecord",
    "Reset",
    "Silence",
    "SlowBody",
    "TruncatedBody",
    "Truncation",
    "UsageShown",
    "WebhookPlan",
]
