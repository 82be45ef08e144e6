"""What a process is told to do: which shards it serves, and which parts of the work take a shared database."""

from typing import Any

import pytest
from pydantic import SecretStr

from ops.house.role import Role, Shards, require_room_for, shards_in
from services.errors import ConfigurationError
from services.settings import Settings

ADDRESS = "postgresql://bot:word@db/bot"


def settings(database_url: str | None = None) -> Settings:
    values: dict[str, Any] = {"_env_file": None, "discord_token": "t" * 30, "openrouter_api_key": "k" * 20}
    return Settings(**values, database_url=SecretStr(database_url) if database_url else None)


@pytest.mark.parametrize(
    ("text", "numbers", "count"), [("0-3/16", [0, 1, 2, 3], 16), ("5/16", [5], 16), ("0/1", [0], 1)]
)
def test_a_cluster_is_named_by_its_first_and_last_shard_and_their_count(
    text: str, numbers: list[int], count: int
) -> None:
    shards = shards_in(text)

    assert (list(shards.numbers), shards.count) == (numbers, count)
    assert Role(shards=shards).offers_commands == (0 in numbers)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "must say which of how many"),
        ("0-3", "must say which of how many"),
        ("a/4", "must say which of how many"),
        ("-1/4", "must say which of how many"),
        ("0-3/16 ", "must say which of how many"),
        ("3-1/16", "3-1 ends before it begins"),
        ("4/4", "of 4 shards the last one has the number 3"),
        ("0-16/16", "of 16 shards the last one has the number 15"),
        ("0/0", "there is no shard of 0"),
    ],
)
def test_a_cluster_that_cannot_be_is_refused_in_one_sentence(text: str, says: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        shards_in(text)

    [problem] = caught.value.problems
    assert problem.startswith(f"--shards: {says}")


@pytest.mark.parametrize(
    "role",
    [
        Role(has_gateway=False),
        Role(has_worker=False),
        Role(shards=Shards(first=0, last=1, count=4)),
    ],
)
def test_a_part_of_the_work_takes_a_database_for_several_processes(role: Role) -> None:
    with pytest.raises(ConfigurationError) as caught:
        require_room_for(role, settings())

    [problem] = caught.value.problems
    assert problem.startswith("DATABASE_URL: ")
    assert "postgresql://" in problem
    require_room_for(role, settings(ADDRESS))


@pytest.mark.parametrize("role", [Role(), Role(shards=Shards(first=0, last=3, count=4))])
def test_all_of_the_work_takes_only_a_file(role: Role) -> None:
    require_room_for(role, settings())
