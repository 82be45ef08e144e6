"""Puts the front desk together: what members' commands call."""

from collections.abc import Callable

from ops import choices
from ops.house.books import Books
from ops.house.ground import Ground
from services.administration import Administration
from services.desk import Desk
from services.generation import Originals, SendingAgain
from services.jobs import Callbacks, HistoryBook, OfferBook, Removals
from services.limits import ConductBook, ReportBook, WordBook
from services.moderation import Moderation
from services.pictures import PictureDesk
from services.privacy import Privacy
from services.results import Results
from services.videos import VideoService


def desk_over(ground: Ground, books: Books, *, wake: Callable[[], None]) -> Desk:
    """Return the desk; `wake` makes workers look for work, wherever they are."""
    settings, database, catalogue, now = ground.settings, ground.database, ground.catalogue, ground.clock.now
    jobs, limits, servers, pictures = books.jobs, books.limits, books.servers, books.pictures
    conduct, removals = ConductBook(database=database), Removals(database=database)
    links = choices.original_links(settings, clock=now)
    return Desk(
        administration=Administration(
            database=database, jobs=jobs, limits=limits, servers=servers, account=ground.api, wake=wake, clock=now
        ),
        again=SendingAgain(detours=books.detours, servers=servers, wake=wake, clock=now),
        callbacks=Callbacks(
            database=database, limits=limits, servers=servers, wake=wake, clock=now, measures=ground.measures
        ),
        catalogue=catalogue,
        history=HistoryBook(database=database),
        moderation=Moderation(
            jobs=jobs,
            servers=servers,
            words=WordBook(database=database),
            conduct=conduct,
            reports=ReportBook(database=database),
            removals=removals,
            wake=wake,
            clock=now,
        ),
        originals=Originals(jobs=jobs, shelf=books.clips, links=links, may_lie_elsewhere=database.is_shared),
        pictures=books.pictured,
        privacy=Privacy(books.data, keeps_prompts=books.keeps_prompts, let_go=pictures.remove, wake=wake, clock=now),
        results=Results(catalogue=catalogue, jobs=jobs, removals=removals, wake=wake, clock=now),
        videos=VideoService(
            catalogue=catalogue,
            jobs=jobs,
            offers=OfferBook(database=database),
            servers=servers,
            conduct=conduct,
            pictures=PictureDesk(ground.source, pictures),
            wake=wake,
            money=choices.money_rules(settings),
            clock=now,
            has_room=ground.disk.has_room,
            forgets_prompts=not books.keeps_prompts,
            measures=ground.measures,
        ),
    )
