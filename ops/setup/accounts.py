"""Whether the two secrets open anything: each is tried on its service, and nothing is bought or changed."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

from ops import choices
from ops.doctor import discord_account, video_api
from ops.doctor.findings import Finding
from ops.setup.choosing import Choice
from services.catalogue import Catalogue
from services.errors import AccountError, UpstreamError
from services.models import VideoModel, VideoRequest
from services.models.discord_account import BotAccount, NoAccount
from services.openrouter import OpenRouterClient
from services.settings import Settings


class Discord(Protocol):
    """Who asks Discord whose token it is. `cogs.checkup` does."""

    def invite(self, application_id: int) -> str:
        """Return the address that invites the bot."""
        ...

    async def account(self, token: str, *, api_url: str | None) -> BotAccount | NoAccount:
        """Return whose token it is."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """What became of trying a secret."""

    is_accepted: bool
    may_pass: bool = False
    """Whether nobody said no: the service did not answer."""
    findings: tuple[Finding, ...] = ()
    """What to say of it."""
    application_id: int | None = None


async def try_token(discord: Discord, token: str, *, api_url: str | None) -> Tried:
    """Ask Discord for the bot that the token belongs to, and for what is set in the developer portal."""
    found = await discord.account(token, api_url=api_url)
    said = discord_account.token(found)
    if isinstance(found, NoAccount):
        return Tried(is_accepted=False, may_pass=found is NoAccount.UNREACHABLE, findings=(said,))
    settings = discord_account.application(found)
    return Tried(is_accepted=True, findings=(said, settings), application_id=found.application_id)


async def try_key(key: str, *, base_url: str) -> Tried:
    """Ask OpenRouter what the key may spend."""
    async with OpenRouterClient(key=key, base_url=base_url) as api:
        try:
            balance = await api.key()
        except UpstreamError as error:
            said = video_api.key(error, needed=0, now=datetime.now(UTC))
            return Tried(is_accepted=False, may_pass=not isinstance(error, AccountError), findings=(said,))
    return Tried(is_accepted=True, findings=(video_api.key(balance, needed=0, now=datetime.now(UTC)),))


async def priced_models(settings: Settings) -> tuple[Choice, ...] | None:
    """Return every model with the price of the default shape, the cheapest of the default shape first.

    None where the list cannot be had.
    """
    async with OpenRouterClient(key=None, base_url=settings.openrouter_base_url) as api:
        try:
            models = await api.models()
        except UpstreamError:
            return None

    async def fetched() -> tuple[VideoModel, ...]:
        return models

    catalogue = Catalogue(fetched, default_shape=choices.shape(settings))
    try:
        offered = await catalogue.models()
        specs = [(model, catalogue.choose(VideoRequest(prompt="", model=model.id))) for model in offered]
        return tuple(Choice(model=model, spec=spec, price=catalogue.price_of(spec)) for model, spec in specs)
    finally:
        await catalogue.close()
