"""What the owner and a server's managers have to hear."""

from typing import Final

from cogs.languages import Message, number, reader, tr
from cogs.replies import money, reports
from cogs.replies.wording import ago, defuse
from services.limits import Notice, NoticeKind

# Translators: {who} is a mention of a member, {when} a time such as "in 50 minutes".
MEMBER_PAUSED_HERE: Final = Message(
    "{who} was refused {count} times within an hour for what they described, and can ask for videos here again {when}. "
    "`/limits unblock` lets them at once, `/limits block` keeps them out."
)
MEMBER_PAUSED_THERE: Final = Message(
    "{who} was refused {count} times within an hour in the server {server} for what they described, and can ask for "
    "videos there again {when}. `/limits unblock` in that server lets them at once."
)


def notice(found: Notice, *, server: str | None = None) -> str:
    """Return what is to be heard; `server` names the server that it is about, for an owner who reads it elsewhere."""
    match found.kind:
        case NoticeKind.REPORT:
            return reports.told(found, server=server)
        case NoticeKind.MEMBER_PAUSED:
            return _member_paused(found, server=server)
        case _:
            return money.about_money(found, server=server)


def _member_paused(found: Notice, *, server: str | None) -> str:
    # One of the two names no server, and does without what is given for it.
    return tr(
        MEMBER_PAUSED_HERE if server is None else MEMBER_PAUSED_THERE,
        who=f"<@{found.user_id}>",
        count=number(found.amount, reader()),
        when=ago(found.until or found.created_at),
        server=defuse(server or "", most=money.SERVER_NAME),
    )
