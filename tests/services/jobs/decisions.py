"""Those who decide, in the machine of `test_money_machine`: managers, the owner, and somebody without the right."""

from collections.abc import Callable, Coroutine, Mapping
from typing import Any, Final

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import rule

from services.errors import LimitSource, NotAllowedError
from services.limits import LimitEntry, PauseReason
from services.models import FailureReason
from tests.services.jobs.money_scene import GUILDS, PRICES, USERS, MoneyScene
from tests.services.jobs.paper import EVERYWHERE
from tests.services.jobs.samples import asker, manager, owner

NOTHING: Final[dict[str, int]] = {}
NUMBERS: Final[st.SearchStrategy[Mapping[str, int]]] = st.one_of(
    st.just(NOTHING),
    st.fixed_dictionaries({"videos_per_day": st.integers(0, 6)}),
    st.fixed_dictionaries({"running_at_once": st.integers(0, 3)}),
    st.fixed_dictionaries({"microusd": PRICES, "dearest_clip": PRICES}),
    st.fixed_dictionaries({"longest_clip": st.sampled_from((4, 8))}),
)
"""What a manager sets; nothing of it clears what was set."""
BUDGETS: Final = st.sampled_from((0, 1_500_000, 3_500_000, 6_000_000))
WHOM: Final = ((LimitSource.MEMBER, 1), (LimitSource.ROLE, 11), (LimitSource.SERVER, 0))
DECISIONS: Final = ("limit", "limit", "grant", "block", "pause", "pause everything", "budget", "resolve", "no right")


class Decisions(MoneyScene):
    """What is decided is written on paper too, with the row that it leaves."""

    @rule(data=st.data(), guild=GUILDS, user=USERS)
    def somebody_decides(self, data: st.DataObject, guild: int, user: int) -> None:
        match data.draw(st.sampled_from(DECISIONS)):
            case "limit":
                self.set_or_clear_a_limit(data, guild)
            case "grant":
                self.grant(guild, user, data.draw(st.integers(1, 2)))
            case "block":
                self.block_or_unblock(guild, user)
            case "pause":
                self.pause_or_resume(guild)
            case "pause everything":
                self.pause_or_resume_everything()
            case "budget":
                self.set_budget(data.draw(st.sampled_from((EVERYWHERE, guild))), data.draw(BUDGETS))
            case "resolve":
                self.resolve(data)
            case _:
                self.without_the_right(data, guild)

    def set_or_clear_a_limit(self, data: st.DataObject, guild: int) -> None:
        source, source_id = data.draw(st.sampled_from(WHOM))
        numbers = data.draw(NUMBERS)
        known = self.paper.limits
        if numbers:
            entry = LimitEntry(source=source, source_id=source_id, **numbers)
            self.run(self.administration.set_limit(entry, manager(guild)))
            before = known[guild, source, source_id]
            # What is set to what it was is no change, and leaves no row.
            after = {**before, **numbers}
            self.paper.edits += after != before
            known[guild, source, source_id] = after
        else:
            was_set = self.run(self.administration.clear_limit(source, source_id, manager(guild)))
            assert was_set == bool(known.pop((guild, source, source_id), {}))
            self.paper.edits += was_set

    def grant(self, guild: int, user: int, videos: int) -> None:
        who = manager(guild, interaction=next(self.numbers))
        for _ in range(2):  # as when Discord delivers it twice
            self.run(self.administration.grant(user, videos, who))
        self.paper.grants[guild, user] += videos
        self.paper.edits += 1

    def block_or_unblock(self, guild: int, user: int) -> None:
        if (guild, user) in self.paper.blocks:
            assert self.run(self.administration.unblock(user, manager(guild)))
            self.paper.blocks.remove((guild, user))
        else:
            assert self.run(self.administration.block(user, manager(guild)))
            self.paper.blocks.add((guild, user))
        self.paper.edits += 1

    def pause_or_resume(self, guild: int) -> None:
        key = (guild, PauseReason.MANAGER)
        if key in self.paper.pauses:
            assert self.run(self.administration.resume(manager(guild)))[0]
            del self.paper.pauses[key]
        else:
            assert self.run(self.administration.pause(manager(guild)))
            self.paper.pauses[key] = None
        self.paper.edits += 1

    def pause_or_resume_everything(self) -> None:
        """Resume where anything is paused everywhere, by the bot itself too: one row for each that ends."""
        ended = [key for key in self.paper.pauses if key[0] == EVERYWHERE]
        if ended:
            assert self.run(self.administration.resume_everything(owner()))
            for key in ended:
                del self.paper.pauses[key]
        else:
            assert self.run(self.administration.pause_everything(owner()))
            self.paper.pauses[EVERYWHERE, PauseReason.OWNER] = None
        self.paper.edits += len(ended) or 1

    def set_budget(self, guild: int, microusd: int) -> None:
        before = self.run(self.administration.set_budget(guild, microusd, owner()))
        assert before == self.paper.budgets.get(guild)
        self.paper.budgets[guild] = microusd
        self.paper.edits += before != microusd

    def resolve(self, data: st.DataObject) -> None:
        if not self.paper.entries:
            return
        known = self.run(self.house.jobs.unknown(most=99))
        entry = self.paper.entries[known[0].id] if known else self.pick(data)
        was_spent = data.draw(st.booleans())
        resolved = self.run(self.administration.resolve(entry.job.id, owner(), was_spent=was_spent))
        assert (resolved is not None) == bool(known)
        if known:
            assert entry.job.reason is FailureReason.SUBMIT_UNKNOWN
            entry.is_free = not was_spent
            self.look_at_levels()
            self.paper.edits += 1

    def without_the_right(self, data: st.DataObject, guild: int) -> None:
        act, member, no_owner = self.administration, asker(1, guild), manager(guild)
        wishes: dict[str, Callable[[], Coroutine[Any, Any, object]]] = {
            "budget": lambda: act.set_budget(guild, 9_000_000, no_owner),
            "pause": lambda: act.pause_everything(no_owner),
            "resume": lambda: act.resume_everything(no_owner),
            "resolve": lambda: act.resolve(1, no_owner, was_spent=False),
            "grant": lambda: act.grant(1, 9, member),
        }
        with pytest.raises(NotAllowedError):
            self.run(wishes[data.draw(st.sampled_from(sorted(wishes)))]())
