"""Puts the Discord half together: the cogs and buttons over the services, and the two who speak of their own accord."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Final

import discord
from discord import ui
from discord.ext import commands

from cogs.client import VideoBot
from cogs.delivery import DiscordDelivery, PrivateAnswers
from cogs.herald import DiscordHerald
from cogs.history import HistoryButton, HistoryCog
from cogs.limits import LimitsCog
from cogs.original import OriginalButton, OriginalCog
from cogs.owner import OwnerCog
from cogs.privacy import ForgetButton, PrivacyCog
from cogs.reports import ReportsCog
from cogs.results import ResultButton, ResultsCog, result_buttons
from cogs.settings import PauseCog, SettingsCog
from cogs.status import AgainButton, PageButton, StatusCog
from cogs.usage import Charts, UsageCog
from cogs.video import CancelButton, OfferButton, PicturesCog, VideoCog
from services.catalogue import Catalogue
from services.desk import Desk

BUTTONS: Final[Sequence[type[ui.DynamicItem[Any]]]] = (
    CancelButton,
    OfferButton,
    PageButton,
    AgainButton,
    ResultButton,
    HistoryButton,
    ForgetButton,
    OriginalButton,
)


def cogs_over(desk: Desk, *, private: PrivateAnswers, mark: str, charts: Charts | None) -> Sequence[commands.Cog]:
    """Give each cog its services, in the order in which Discord lists the commands."""
    videos, administration = desk.videos, desk.administration
    video = VideoCog(videos, private=private, mark=mark)
    return (
        video,
        ResultsCog(desk.results, video),
        PicturesCog(desk.pictures, video),
        OriginalCog(desk.originals),
        StatusCog(videos, desk.again),
        HistoryCog(desk.history, videos),
        PrivacyCog(desk.privacy),
        ReportsCog(desk.moderation),
        LimitsCog(administration, desk.moderation, videos),
        SettingsCog(administration, desk.moderation, desk.catalogue),
        PauseCog(administration),
        UsageCog(administration, charts=charts, model_name=desk.catalogue.name_of),
        OwnerCog(administration, desk.moderation),
    )


def delivery(client: discord.Client, catalogue: Catalogue, *, private: PrivateAnswers, mark: str) -> DiscordDelivery:
    """Return who puts videos in front of members; `private` holds the answers that only this process can edit."""
    buttons: Callable[..., ui.View] = partial(result_buttons, continues=catalogue.continues)
    return DiscordDelivery(
        client, model_name=catalogue.name_of, mark=mark, private=private, buttons=buttons, original=OriginalButton
    )


def herald(client: VideoBot) -> DiscordHerald:
    """Return who tells those who pay."""
    return DiscordHerald(client, owner_ids=client.payers)
