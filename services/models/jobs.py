"""A video job as it is stored, and the person who asked for it."""

from dataclasses import dataclass
from datetime import datetime

from services.models.languages import ENGLISH
from services.models.states import FailureReason, JobState, Route
from services.models.videos import VideoSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class Requester:
    """The person behind an interaction, as Discord vouches for them."""

    user_id: int
    guild_id: int
    """In direct messages the server that these count as; 0 where they count as none."""
    role_ids: frozenset[int] = frozenset()
    is_moderator: bool = False
    """May manage messages in the channel: may cancel or delete what others made."""
    is_manager: bool = False
    """May manage the server: may set its limits."""
    is_owner: bool = False
    """Owns the bot and pays the bill, in whatever server."""
    interaction_id: int = 0
    """What they did, for the record of changes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One row of the table of jobs."""

    id: int
    interaction_id: int
    """The Discord interaction that asked for it: unique, and the source of the nonces of its messages."""
    guild_id: int
    """The server whose limits and budgets it counts against."""
    channel_id: int
    user_id: int
    state: JobState
    reason: FailureReason | None
    prompt: str
    """Empty once it was forgotten, which happens to no job that has still to be sent."""
    spec: VideoSpec
    upload_limit: int
    """Bytes Discord allows for one attachment, as it said in the interaction."""
    status_message_id: int | None
    result_channel_id: int | None
    result_message_id: int | None
    remote_id: str | None
    estimate_microusd: int
    """What it should cost; 0 where the price list does not say."""
    reserved_microusd: int
    """The most it may cost."""
    cost_microusd: int | None
    """What was billed; None while unknown."""
    created_at: datetime
    """Discord's clock: the time in the interaction's id."""
    submitted_at: datetime | None
    completed_at: datetime | None
    delivering_at: datetime | None
    """When the first attempt to post the result began: after it, look before posting again."""
    ended_at: datetime | None
    told_at: datetime | None
    """When the member was told how it ended; the status message is final from then on."""
    next_at: datetime | None
    """When the next step is due; None when the job is at rest."""
    attempts: int
    """Tries of the present step that failed."""
    fence: int
    """Grows with every claim; a write with an old fence changes nothing."""
    late_at: datetime | None = None
    """When it was found to take longer than usual; it goes on."""
    route: Route = Route.CHANNEL
    route_channel_id: int | None = None
    """The channel of a route other than the first; None while the direct messages are not opened."""
    refusals: int = 0
    """How often the channel where it was asked for turned out to be gone or closed."""
    is_private: bool = False
    """Whether only its member may see it. Such a job has the route `DIRECT` from the beginning."""
    is_spoiler: bool = False
    in_direct_messages: bool = False
    """Whether it was asked for in the bot's direct messages: `channel_id` is theirs, `guild_id` what they count as."""
    member_language: str = ENGLISH
    """What its member had Discord in when they asked, by Discord's name: for what only they read."""
    server_language: str = ENGLISH
    """What the server had: for what the channel reads."""
    again_at: datetime | None = None
    """When its member last asked to have it sent again. What it weighs is settled since before, and stays."""
    removed_at: datetime | None = None
    """When somebody who may asked to have the result removed. The job stays, and weighs what it did."""
    taken_down_at: datetime | None = None
    """When the bot's owner said that nobody shall see it, which may be while it is being made."""
    seen_at: datetime | None = None
    """When a look last saw it running, or its submit where none did. It is in memory only, until a move writes it down;
    None where nobody knows, because another process looked."""
    forgets_member: bool = False
    """Whether its member asked to be forgotten: nothing is kept for them beyond what is still to be sent."""

    @property
    def is_terminal(self) -> bool:
        """Whether the job has ended."""
        return self.state.is_terminal

    @property
    def frames(self) -> int:
        """How many pictures it was made from. They are gone once it was sent: only the number is kept."""
        return self.spec.frames

    @property
    def posting_channel_id(self) -> int | None:
        """The channel where the result goes; None while the direct messages are not opened."""
        return self.channel_id if self.route is Route.CHANNEL else self.route_channel_id

    @property
    def home_guild_id(self) -> int | None:
        """The server of the channel where it was asked for; None for direct messages."""
        return None if self.in_direct_messages else self.guild_id

    @property
    def is_only_for_member(self) -> bool:
        """Whether nobody but its member may see it: it was asked for privately, or in direct messages."""
        return self.is_private or self.in_direct_messages

    @property
    def is_posted_directly(self) -> bool:
        """Whether its result goes to its member's direct messages, where nobody else is."""
        return self.in_direct_messages or self.route is Route.DIRECT

    @property
    def is_withdrawn(self) -> bool:
        """Whether nobody is to see its result any more, or at all."""
        return self.removed_at is not None or self.taken_down_at is not None

    @property
    def counts_for_member(self) -> bool:
        """Whether a failed job still counts against the member's limits."""
        return self.again_at is not None or (self.reason is not None and self.reason.counts_for_member)
