"""The switches of the panel: what goes wrong at the video service and at Discord, and how fast time runs."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final

from sandbox.discord import DiscordStandIn, Fault, FaultKind
from sandbox.openrouter import Answer, JobPlan, OpenRouterStandIn
from sandbox.page.odd_clips import OddClips

MEGABYTE: Final = 1_000_000
LARGE: Final = 60 * MEGABYTE
SLOW_SECONDS: Final = 240.0
"""How long a video takes at a slow service, on its own clock."""
ALWAYS: Final = 1_000_000
"""More calls than anybody makes."""
ANSWERED_ROUTES: Final = (
    "POST /interactions/{interaction_id}/{interaction_token}/callback",
    "POST /channels/{channel_id}/messages",
    "PATCH /channels/{channel_id}/messages/{message_id}",
    "POST /webhooks/{application_id}/{interaction_token}",
    "PATCH /webhooks/{application_id}/{interaction_token}/messages/{message_id}",
)
"""Where the bot says something."""
FLAGGED: Final = {
    "error": {
        "code": 403,
        "message": "The request was flagged.",
        "metadata": {"reasons": ["violence"], "flagged_input": "…"},
    }
}


class VideoTrouble(StrEnum):
    """What the video service does with everything that is ordered from now on."""

    NONE = "none"
    SLOW = "slow"
    FAILS = "fails"
    REFUSES = "refuses"
    NO_CREDIT = "no_credit"
    LARGE_CLIP = "large_clip"
    HEVC_CLIP = "hevc_clip"
    DOWN = "down"


class ChatTrouble(StrEnum):
    """What Discord does with everything that the bot says from now on."""

    NONE = "none"
    ERRORS = "errors"


class Troubles:
    """What is switched on, for everybody who looks at the page."""

    def __init__(
        self, chat: DiscordStandIn, video_api: OpenRouterStandIn, clips: OddClips, *, changed: Callable[[], None]
    ) -> None:
        self.video = VideoTrouble.NONE
        self.chat = ChatTrouble.NONE
        self._chat = chat
        self._video_api = video_api
        self._clips = clips
        self._changed = changed

    async def set_video(self, trouble: VideoTrouble) -> None:
        """Let the video service do that, and nothing else that was switched on before."""
        fault = await self._fault(trouble)
        self._video_api.clear_faults()
        self._video_api.account.set_limit(Decimal(0) if trouble is VideoTrouble.NO_CREDIT else None)
        if fault is not None:
            self._video_api.script(fault)
        self.video = trouble
        self._changed()

    async def _fault(self, trouble: VideoTrouble) -> JobPlan | Answer | None:  # noqa: PLR0911  # a table
        match trouble:
            case VideoTrouble.SLOW:
                return JobPlan(times=None, seconds=SLOW_SECONDS)
            case VideoTrouble.FAILS:
                return JobPlan(times=None, status="failed")
            case VideoTrouble.REFUSES:
                return Answer(route="submit", times=None, status=403, json=FLAGGED)
            case VideoTrouble.LARGE_CLIP:
                return JobPlan(times=None, pad_to=LARGE)
            case VideoTrouble.HEVC_CLIP:
                return JobPlan(times=None, clip_file=str(await self._clips.hevc()))
            case VideoTrouble.DOWN:
                return Answer(route="status", times=None, status=503)
            case VideoTrouble.NONE | VideoTrouble.NO_CREDIT:
                return None  # without credit it is the account that refuses

    def set_chat(self, trouble: ChatTrouble) -> None:
        """Let Discord do that, and nothing else that was switched on before."""
        self._chat.faults.clear()
        if trouble is ChatTrouble.ERRORS:
            self._chat.script(
                *(Fault(route=route, kind=FaultKind.ANSWER, status=503, times=ALWAYS) for route in ANSWERED_ROUTES)
            )
        self.chat = trouble
        self._changed()

    def drop_gateway(self, *, forgets: bool) -> int:
        """Cut the bot's connections to Discord, and forget its sessions or not; return how many were cut."""
        return self._chat.gateway.drop(resumable=not forgets)

    def set_speed(self, speed: float) -> None:
        """Let the video service's clock run at that speed; 0 stands still, and no video gets done."""
        self._video_api.clock.run_at(speed)
        self._changed()

    def set_language(self, locale: str) -> None:
        """Let every server of the bot choose that language for what everybody reads."""
        world = self._chat.world
        for guild in world.bot_guilds():
            world.replace_guild(replace(guild, preferred_locale=locale))

    def view(self) -> dict[str, Any]:
        """Return what is switched on, and what was ordered and charged so far."""
        charges = self._video_api.ledger
        return {
            "video": self.video.value,
            "chat": self.chat.value,
            "speed": self._video_api.clock.speed,
            "language": self._chat.world.bot_guilds()[0].preferred_locale,
            "ordered": len(self._video_api.jobs),
            "charges": len(charges),
            "charged": f"{sum((charge.usd for charge in charges), Decimal(0)):.2f}",
        }
