"""What Discord says: the token, the application, each server, the commands, the time. Pure: facts in, findings out."""

from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from typing import Final

from ops.doctor.findings import Finding, NotLookedAt, bad, good, poor, skipped, wrong
from services.models.discord_account import BotAccount, ChannelAccess, DiscordFacts, NoAccount, ServerAccess

PORTAL: Final = "https://discord.com/developers/applications"
CHECKS: Final = ("discord token", "application", "servers", "commands", "clock")
MOST_SKEW: Final = timedelta(seconds=60)
MOST_NAMED: Final = 5
"""Channels and commands that a line names before it counts the rest."""


def findings(
    found: DiscordFacts | NoAccount | NotLookedAt,
    *,
    skew: timedelta,
    chosen: Mapping[int, Collection[int]],
    invite: str,
) -> Sequence[Finding]:
    """Judge everything that Discord said; `chosen` holds the channels that a server has set, by server."""
    if isinstance(found, NotLookedAt):
        return tuple(skipped(check, found) for check in CHECKS)
    if isinstance(found, NoAccount):
        return (token(found), *(skipped(check, NotLookedAt("the token comes first")) for check in CHECKS[1:]))
    return (
        token(found.account),
        application(found.account),
        *servers(found, chosen=chosen, invite=invite),
        registered(found),
        clock(skew),
    )


def token(found: BotAccount | NoAccount) -> Finding:
    """Judge whether the token opens anything."""
    match found:
        case NoAccount.REFUSED:
            fix = f"In {PORTAL}: your application, Bot, Reset Token; then put the new one into DISCORD_TOKEN."
            return wrong("discord token", "Discord does not accept DISCORD_TOKEN", fix=fix)
        case NoAccount.UNREACHABLE:
            fix = "See whether this machine reaches https://discord.com, then try again."
            return bad("discord token", "Discord did not answer", fix=fix)
        case BotAccount():
            return good("discord token", f"accepted: {found.name}")


def application(found: BotAccount) -> Finding:
    """Judge what is set in the developer portal, the worst first."""
    place = f"In {PORTAL}: your application, "
    if found.has_endpoint:
        says = "commands go to an interactions endpoint address, and never reach the bot"
        return wrong("application", says, fix=f"{place}General Information, empty Interactions Endpoint URL.")
    if not found.for_servers:
        says = "servers may not install it"
        return wrong("application", says, fix=f"{place}Installation, turn Guild Install on.")
    if found.needs_code_grant:
        says = "its invite address does not work, because it requires a code grant"
        return wrong("application", says, fix=f"{place}Bot, turn Requires OAuth2 Code Grant off.")
    if found.for_users:
        says = "users may install it for themselves, where it answers nothing"
        return poor("application", says, fix=f"{place}Installation, turn User Install off.")
    if found.is_public:
        says = "anybody may invite the bot to a server of theirs, and you pay for what is made there"
        fix = f"{place}Installation, set Install Link to None, then Bot, turn Public Bot off."
        return poor("application", says, fix=fix)
    return good("application", "only you may invite it, to servers only")


def servers(found: DiscordFacts, *, chosen: Mapping[int, Collection[int]], invite: str) -> Sequence[Finding]:
    """Judge what the bot may do in each server and channel."""
    if not found.servers:
        return (poor("servers", "the bot is in no server yet", fix=f"Invite it: {invite}"),)
    judged = [server(each, chosen=chosen.get(each.id, ()), invite=invite) for each in found.servers]
    if found.more_servers:
        judged.append(good("servers", f"and {found.more_servers} more that were not looked at"))
    return judged


def server(found: ServerAccess, *, chosen: Collection[int], invite: str) -> Finding:
    """Judge one server. Where managers chose channels only those count; else a channel that is hidden is so on purpose.

    A channel without a permission is told of and no failure: the bot refuses there before anything is reserved.
    """
    counted = [each for each in found.channels if (each.id in chosen if chosen else each.is_seen)]
    fit = [each for each in counted if not each.missing]
    if found.missing and not fit:
        says = f"{found.name}: the bot may not {', '.join(found.missing)}"
        return bad("servers", says, fix=f"Invite it again, which grants them: {invite}")
    if not fit:
        says = f"{found.name}: no video can be posted in any channel"
        fix = "Give the bot's role View Channel, Send Messages and Attach Files in one of them."
        return bad("servers", says, fix=fix)
    unfit = [each for each in counted if each.missing]
    if unfit:
        says = f"{found.name}: {_named([_lacks(each) for each in unfit])}"
        return poor("servers", says, fix="Change the permissions of those channels, if videos are wanted there.")
    return good("servers", f"{found.name}: {_channels(len(fit))} for videos")


def registered(found: DiscordFacts) -> Finding:
    """Judge whether members see the commands of this version."""
    fix = "Start the bot: it registers them. If it runs this version already, read its log for commands_not_synced."
    if found.not_registered:
        return poor("commands", f"Discord does not show {_named(_shortest(found.not_registered))}", fix=fix)
    if found.left_over:
        says = f"Discord still shows {_named(_shortest(found.left_over))}, which this version has not"
        return poor("commands", says, fix=fix)
    return good("commands", "Discord shows those of this version")


def clock(skew: timedelta) -> Finding:
    """Judge how far the machine's clock is from Discord's; positive where Discord's is ahead."""
    seconds = round(abs(skew).total_seconds())
    if abs(skew) > MOST_SKEW:
        says = f"this machine's clock is {seconds} s {'slow' if skew > timedelta() else 'fast'}"
        return poor("clock", says, fix="Let it be set by the network: timedatectl set-ntp true")
    return good("clock", f"within {round(MOST_SKEW.total_seconds())} s of Discord's")


def _lacks(channel: ChannelAccess) -> str:
    return f"#{channel.name} lacks {' and '.join(channel.missing if channel.is_seen else ['View Channel'])}"


def _shortest(names: Sequence[str]) -> Sequence[str]:
    """Return the names without those that are below another: `/video` says it for all of its options."""
    return [name for name in names if not any(name.startswith(f"{other} ") for other in names)]


def _named(names: Sequence[str]) -> str:
    rest = len(names) - MOST_NAMED
    return ", ".join(names[:MOST_NAMED]) + (f" and {rest} more" if rest > 0 else "")


def _channels(count: int) -> str:
    return f"{count} channel" if count == 1 else f"{count} channels"
