"""The faults of Discord, row by row: what it does to the bot, and what the member, the ledger and the owner make of it.

Everything that a row does not say goes well: the member reads the clip, one video is charged, the owner hears nothing.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, Final

from sandbox.discord.faults import FaultKind
from tests.faults.discord.rows import (
    ALREADY_ANSWERED,
    ALWAYS,
    CLOSED_DIRECT,
    EVERY_TRY,
    INVALID_TOKEN,
    LIMITED,
    LIMITED_BEFORE,
    LIMITED_IN_SILENCE,
    MISSING_ACCESS,
    MISSING_PERMISSIONS,
    RESET,
    RESET_AFTER_DOING,
    SLOW,
    TOO_LARGE,
    UNFORESEEN,
    UNKNOWN_CHANNEL,
    UNKNOWN_INTERACTION,
    UNKNOWN_MESSAGE,
    UNKNOWN_WEBHOOK,
    Ask,
    Charged,
    Hears,
    Moment,
    Reads,
    Row,
    Trouble,
    Where,
    both,
    costing_more,
    failing,
    on,
    rows,
    without_nonces,
)

NOT_MADE: Final[Mapping[str, Any]] = {"reads": Reads.NO_ANSWER, "charged": Charged.NOTHING}
LOST: Final[Mapping[str, Any]] = {**NOT_MADE, "is_answer_lost": True}
FOUND: Final[Mapping[str, Any]] = {"is_answer_lost": True}

ANSWERS: Final[Sequence[Row]] = [
    *rows(LIMITED, Where.ANSWER),
    *rows({"429 that says no time": LIMITED_IN_SILENCE}, Where.ANSWER, **LOST),
    *rows(
        {
            "429 of the network before Discord": LIMITED_BEFORE,
            "50001": MISSING_ACCESS,
            "50013": MISSING_PERMISSIONS,
            "50027": INVALID_TOKEN,
            "10003": UNKNOWN_CHANNEL,
            "10008": UNKNOWN_MESSAGE,
            "10015": UNKNOWN_WEBHOOK,
            "10062": UNKNOWN_INTERACTION,
            "40005": TOO_LARGE,
            "50035": UNFORESEEN,
        },
        Where.ANSWER,
        **NOT_MADE,
    ),
    *rows({"500": failing(500), "503": failing(503)}, Where.ANSWER),
    Row(name="answer: 500 at every try", script=on(Where.ANSWER, failing(500), times=EVERY_TRY), is_long=True, **LOST),
    *rows({"40060, though nothing was shown": ALREADY_ANSWERED, "reset": RESET}, Where.ANSWER, **LOST),
    *rows(
        {"500 after it was shown": failing(500, after_doing=True), "reset after it was shown": RESET_AFTER_DOING},
        Where.ANSWER,
        **FOUND,
    ),
    *rows({"slow": SLOW}, Where.ANSWER),
    Row(
        name="answer: too slow for Discord",
        script=on(Where.ANSWER, Trouble(kind=FaultKind.DELAY, details={"seconds": 5.0})),
        age=timedelta(seconds=2.5),
        **NOT_MADE,
    ),
    Row(name="answer: to a command that is too old", script=both(), age=timedelta(seconds=10), **NOT_MADE),
]
"""The answer to the command, on which everything else hangs."""

CLICKS: Final[Sequence[Row]] = [
    *rows({"429": LIMITED["429"], "500": failing(500)}, Where.CLICK, ask=Ask.YES),
    *rows(
        {"10062": UNKNOWN_INTERACTION, "50027": INVALID_TOKEN, "50013": MISSING_PERMISSIONS},
        Where.CLICK,
        ask=Ask.YES,
        **NOT_MADE,
    ),
    *rows({"reset": RESET}, Where.CLICK, ask=Ask.YES, **LOST),
    *rows({"reset after it was shown": RESET_AFTER_DOING}, Where.CLICK, ask=Ask.YES, **FOUND),
    *rows(
        {
            "429": LIMITED["429"],
            "429 that says no time": LIMITED_IN_SILENCE,
            "50027": INVALID_TOKEN,
            "10008": UNKNOWN_MESSAGE,
            "10015": UNKNOWN_WEBHOOK,
            "500": failing(500),
            "reset": RESET,
            "slow": SLOW,
        },
        Where.QUESTION,
        ask=Ask.YES,
    ),
]
"""The yes to a price, and the buttons that go from the question after it."""

POSTS: Final[Sequence[Row]] = [
    *rows(LIMITED, Where.POST),
    *rows(
        {
            "429 that says no time": LIMITED_IN_SILENCE,
            "429 of the network before Discord": LIMITED_BEFORE,
            "500": failing(500),
            "503": failing(503),
            "reset": RESET,
            "slow": SLOW,
            "500 after it was stored": failing(500, after_doing=True),
            "503 after it was stored": failing(503, after_doing=True),
            "reset after it was stored": RESET_AFTER_DOING,
        },
        Where.POST,
    ),
    Row(name="post: 500 at every try", script=on(Where.POST, failing(500), times=EVERY_TRY), is_long=True),
    Row(
        name="post: 500 at every try, after it was stored",
        script=on(Where.POST, failing(500, after_doing=True), times=EVERY_TRY),
        is_long=True,
    ),
    Row(
        name="post: 503 after it was stored, and the nonce forgotten",
        script=both(without_nonces, on(Where.POST, failing(503, after_doing=True))),
    ),
    Row(
        name="post: reset after it was stored, and the nonce forgotten",
        script=both(without_nonces, on(Where.POST, RESET_AFTER_DOING)),
    ),
    *rows({"50035": UNFORESEEN}, Where.POST, is_long=True),
    *rows({"40005": TOO_LARGE}, Where.POST, reads=Reads.TOO_LARGE),
    *rows(
        {
            "50001": MISSING_ACCESS,
            "50013": MISSING_PERMISSIONS,
            "10003": UNKNOWN_CHANNEL,
            "10008": UNKNOWN_MESSAGE,
        },
        Where.POST,
        reads=Reads.CLIP_IN_DIRECT,
    ),
]
"""The clip on its way into the channel."""

LOOKS: Final[Sequence[Row]] = [
    Row(
        name=f"history: {name}, after a clip was stored and its nonce forgotten",
        script=both(without_nonces, on(Where.POST, RESET_AFTER_DOING), on(Where.HISTORY, trouble)),
    )
    for name, trouble in {
        "429": LIMITED["429"],
        "429 that says no time": LIMITED_IN_SILENCE,
        "429 of the network before Discord": LIMITED_BEFORE,
        "500": failing(500),
        "503": failing(503),
        "reset": RESET,
        "slow": SLOW,
    }.items()
] + [
    Row(
        name=f"history: {name}, after an answer was shown and lost",
        script=both(on(Where.ANSWER, RESET_AFTER_DOING), on(Where.HISTORY, trouble)),
        **FOUND,
    )
    for name, trouble in {"500": failing(500), "503": failing(503), "reset": RESET}.items()
]
"""The look into the channel, where the bot does not know whether something of its own is there."""

EDITS: Final[Sequence[Row]] = [
    *rows(LIMITED, Where.EDIT),
    *rows(
        {
            "429 that says no time": LIMITED_IN_SILENCE,
            "429 of the network before Discord": LIMITED_BEFORE,
            "50013": MISSING_PERMISSIONS,
            "500": failing(500),
            "500 after it was done": failing(500, after_doing=True),
            "reset": RESET,
            "reset after it was done": RESET_AFTER_DOING,
            "slow": SLOW,
        },
        Where.EDIT,
    ),
    *[
        Row(name=f"edit: {name} always", script=on(Where.EDIT, trouble, times=ALWAYS), is_status_final=False)
        for name, trouble in {
            "50001": MISSING_ACCESS,
            "50013": MISSING_PERMISSIONS,
            "10003": UNKNOWN_CHANNEL,
            "10008": UNKNOWN_MESSAGE,
        }.items()
    ],
]
"""The status message."""

NOTICES: Final[Sequence[Row]] = [
    Row(
        name=f"{where.name.lower().replace('_', ' ')}: {name}",
        script=both(costing_more, on(where, trouble)),
        hears=hears,
    )
    for where, hears, troubles in (
        (
            Where.OPEN_DIRECT,
            Hears.DEARER,
            {
                "429": LIMITED["429"],
                "429 of the network before Discord": LIMITED_BEFORE,
                "500": failing(500),
                "503": failing(503),
                "reset": RESET,
                "slow": SLOW,
            },
        ),
        (
            Where.POST_DIRECT,
            Hears.DEARER,
            {
                "429": LIMITED["429"],
                "503 after it was stored": failing(503, after_doing=True),
                "reset after it was stored": RESET_AFTER_DOING,
            },
        ),
        (Where.OPEN_DIRECT, Hears.NOTHING, {"50007": CLOSED_DIRECT}),
        (
            Where.POST_DIRECT,
            Hears.NOTHING,
            {"50007": CLOSED_DIRECT, "50001": MISSING_ACCESS, "10003": UNKNOWN_CHANNEL},
        ),
    )
    for name, trouble in troubles.items()
]
"""What the owner hears while videos are made: that one of them cost more than was reserved."""

STARTS: Final[Sequence[Row]] = [
    row
    for where in (Where.ME, Where.APPLICATION, Where.REGISTER, Where.GATEWAY)
    for row in rows(
        {
            "429": LIMITED["429"],
            "429 of the network before Discord": LIMITED_BEFORE,
            "503": failing(503),
            "reset": RESET,
            "slow": SLOW,
        },
        where,
        moment=Moment.START,
    )
] + [
    *rows({"reset after it was stored": RESET_AFTER_DOING}, Where.REGISTER, moment=Moment.START),
    *rows({"50001": MISSING_ACCESS}, Where.GATEWAY, moment=Moment.START),
    Row(
        name="gateway: 500 at every try",
        script=on(Where.GATEWAY, failing(500), times=EVERY_TRY),
        moment=Moment.START,
        is_long=True,
    ),
    *rows({"50001": MISSING_ACCESS}, Where.APPLICATION, moment=Moment.START),
]
"""The way to Discord when the bot starts."""
