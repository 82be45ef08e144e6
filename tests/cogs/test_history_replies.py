"""A page of `/history` names every one of its videos, whatever they are called, in one message; `/privacy` fits too."""

from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from cogs.replies import privacy
from cogs.replies.history import history
from services.jobs import Forgotten, HistoryPage, Stored
from services.jobs.history import PER_PAGE
from services.models import Job
from tests.cogs.reading import width
from tests.cogs.samples import LARGEST_ID, jobs, model_names, moments
from tests.sentences.values import DELIVERED, LIVING_STATES

counts = st.integers(0, 10**9)
stored = st.builds(
    Stored,
    videos=counts,
    described=counts,
    living=counts,
    servers=counts,
    first_at=st.none() | moments,
    offers=counts,
    pictures=counts,
    bonuses=counts,
    limits=counts,
    blocks=counts,
)


@given(
    job=jobs,
    number=st.integers(1, LARGEST_ID - PER_PAGE),
    name=model_names,
    is_delivered=st.booleans(),
    total=st.integers(1, LARGEST_ID),
)
def test_a_page_names_every_video_in_one_message(
    job: Job,
    number: int,
    name: str,
    is_delivered: bool,  # noqa: FBT001  # hypothesis's
    total: int,
) -> None:
    state = DELIVERED.state if is_delivered else LIVING_STATES[0]
    shown = [replace(job, id=number + place, state=state) for place in range(PER_PAGE)]

    text = history(HistoryPage(jobs=shown, page=1, pages=total, total=total), model_name=lambda _: name)

    assert width(text) <= 2_000
    assert [line.split("**")[1] for line in text.splitlines()[1:]] == [str(job.id) for job in shown]
    assert "@everyone" not in text


@given(found=stored, days=st.integers(0, 3_650))
def test_what_is_stored_fits_into_one_message(found: Stored, days: int) -> None:
    assert width(privacy.stored(found, keeps_prompts=timedelta(days=days))) <= 2_000


def test_what_was_forgotten_counts_what_was_there() -> None:
    text = privacy.forgotten(Forgotten(prompts=1, offers=[5, 6], living=0, clips=1))

    assert text.splitlines()[0] == "Forgotten: 1 description and 2 open offers."
    assert "under way" not in text
