"""Settings: every fault at once, one line each, and never a value in any of them."""

import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest

from ops import choices
from services.errors import ConfigurationError
from services.settings import Settings, is_set_up, load_settings

TOKEN: Final = "MTIzNDU2Nzg5MDEyMzQ1Njc4.GabcdE.canary-token-canary-token"
KEY: Final = "sk-or-v1-canary-key-canary-key"
ENV: Final = f"DISCORD_TOKEN={TOKEN}\nOPENROUTER_API_KEY={KEY}\n"

Load = Callable[..., Settings]


@pytest.fixture
def load(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Load:
    """Return what reads a `.env` of the given text, under an environment of the given variables and no others."""
    for name in Settings.model_fields:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)

    def read(text: str | bytes = ENV, **environment: str) -> Settings:
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        file = tmp_path / ".env"
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
        return load_settings(env_file=file)

    return read


def problems(load: Load, text: str | bytes = ENV, **environment: str) -> list[str]:
    with pytest.raises(ConfigurationError) as caught:
        load(text, **environment)
    shown = "".join(traceback.format_exception(caught.value)) + repr(caught.value) + str(caught.value)
    assert "canary" not in shown
    return list(caught.value.problems)


def test_two_secrets_are_all_it_takes(load: Load) -> None:
    settings = load()

    assert settings.discord_token.get_secret_value() == TOKEN
    assert settings.openrouter_api_key.get_secret_value() == KEY
    assert settings.openrouter_base_url == "https://openrouter.ai/api/v1"
    assert settings.discord_api_url is None


def test_the_environment_alone_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISCORD_TOKEN", TOKEN)
    monkeypatch.setenv("OPENROUTER_API_KEY", KEY)

    assert load_settings(env_file=None).discord_token.get_secret_value() == TOKEN


def test_the_environment_wins_over_the_file(load: Load) -> None:
    assert load(ENV + "VIDEOS_PER_DAY=3\n", VIDEOS_PER_DAY="7").videos_per_day == 7


def test_a_blank_is_as_good_as_absent_in_the_file_and_in_the_environment(load: Load) -> None:
    settings = load(ENV + "VIDEOS_PER_DAY=\nDEFAULT_MODEL=\nDISCORD_API_URL=\n", USER_RUNNING_AT_ONCE="")

    assert settings.videos_per_day == 5
    assert settings.default_model is None
    assert settings.discord_api_url is None
    assert settings.user_running_at_once is None


def test_a_blank_secret_is_missing(load: Load) -> None:
    assert problems(load, f"DISCORD_TOKEN=\nOPENROUTER_API_KEY={KEY}\n") == ["DISCORD_TOKEN: is missing"]


@pytest.mark.parametrize(("written", "meant"), [("de", "de"), ("pt-BR", "pt-BR"), ("pt_br", "pt-BR"), ("", "en-US")])
def test_the_owner_is_written_to_in_a_language_of_the_bot(load: Load, written: str, meant: str) -> None:
    assert load(OWNER_LANGUAGE=written).owner_language == meant


def test_a_language_that_the_bot_does_not_speak_is_refused_with_those_that_it_does(load: Load) -> None:
    (problem,) = problems(load, OWNER_LANGUAGE="german")

    assert problem == "OWNER_LANGUAGE: must be one of en-US, en-GB, de, fr, es-ES, es-419, pt-BR, ja"


def test_the_language_of_the_shell_is_no_fault(load: Load) -> None:
    """Desktops say it under this name, as `de_DE:en`."""
    assert load(LANGUAGE="de_DE:en").owner_language == "en-US"


def test_names_that_are_not_ours_are_no_fault(load: Load) -> None:
    assert load(ENV + "SOMETHING_ELSE=1\n").videos_per_day == 5


def test_every_fault_is_reported_at_once_one_line_each(load: Load) -> None:
    found = problems(
        load,
        "DISCORD_TOKEN=canary\n"
        "VIDEOS_PER_DAY=canary\n"
        "RUNNING_AT_ONCE=0\n"
        "DEADLINE_HOURS=nan\n"
        "DEFAULT_AUDIO=canary\n"
        "LOG_LEVEL=canary\n"
        "OPENROUTER_BASE_URL=http://canary.example/v1\n"
        "DISCORD_GATEWAY_URL=wss://canary.example\n",
    )

    assert {line.partition(":")[0] for line in found} == {
        "DISCORD_TOKEN",
        "OPENROUTER_API_KEY",
        "VIDEOS_PER_DAY",
        "RUNNING_AT_ONCE",
        "DEADLINE_HOURS",
        "DEFAULT_AUDIO",
        "LOG_LEVEL",
        "OPENROUTER_BASE_URL",
        "DISCORD_GATEWAY_URL",
    }
    assert len(found) == 9
    assert all("\n" not in line for line in found)


@pytest.mark.parametrize("name", ["DISCORD_TOKEN", "OPENROUTER_API_KEY"])
@pytest.mark.parametrize(
    "value",
    ["canary", "canary canary canary canary", "canary-with-a-tab\tcanary-canary", "canary-\u00e9-canary-canary-canary"],
    ids=["too short", "spaces", "a tab", "a letter no key has"],
)
def test_a_mistyped_secret_is_refused_without_being_shown(load: Load, name: str, value: str) -> None:
    [problem] = problems(
        load, ENV, **{name: value if name == "DISCORD_TOKEN" else value[:9] if value == "canary" else value}
    )

    assert problem.startswith(f"{name}: ")


@pytest.mark.parametrize(
    "address",
    [
        "https://openrouter.ai/api/v1/",
        "http://127.0.0.1:8790/api/v1",
        "http://localhost:8790/api/v1",
        "http://[::1]:8790/api/v1",
    ],
)
def test_the_video_api_may_be_any_https_address_or_this_machine(load: Load, address: str) -> None:
    assert load(OPENROUTER_BASE_URL=address).openrouter_base_url == address.rstrip("/")


@pytest.mark.parametrize(
    "address",
    [
        "http://canary.example/v1",
        "http://localhost.canary.example",
        "http://127.0.0.1@canary.example",
        "http://127.0.0.1.canary.example",
        "http://192.168.0.4/canary",
        "http://0.0.0.0/canary",
        "ftp://canary.example",
        "file:///canary",
        "canary.example/v1",
        "https://",
        "https:///canary",
        # What the standard library says of these quotes them.
        "https://[canary-key]/v1",
        "https://canary\u2100key.example/v1",
    ],
)
def test_the_key_travels_nowhere_else(load: Load, address: str) -> None:
    [problem] = problems(load, OPENROUTER_BASE_URL=address)

    assert problem.startswith("OPENROUTER_BASE_URL: must ")


@pytest.mark.parametrize("name", ["DISCORD_API_URL", "DISCORD_GATEWAY_URL"])
@pytest.mark.parametrize("address", ["http://127.0.0.1:8791/api/v10/", "ws://localhost:8792", "ws://[::1]:8792/"])
def test_a_stand_in_for_discord_may_be_on_this_machine(load: Load, name: str, address: str) -> None:
    assert getattr(load(**{name: address}), name.lower()) == address.rstrip("/")


@pytest.mark.parametrize("name", ["DISCORD_API_URL", "DISCORD_GATEWAY_URL"])
@pytest.mark.parametrize(
    "address",
    [
        "https://discord.com/api/v10",
        "http://10.0.0.1/canary",
        "http://127.0.0.1@canary.example",
        "127.0.0.1:8791",
        "http://[canary]/",
    ],
)
def test_a_stand_in_for_discord_is_refused_anywhere_else(load: Load, name: str, address: str) -> None:
    [problem] = problems(load, **{name: address})

    assert problem.startswith(f"{name}: may only name this machine")


@pytest.mark.parametrize("codec", ["utf-16", "latin-1"])
def test_a_file_that_is_not_utf_8_is_one_clear_problem(load: Load, codec: str) -> None:
    [problem] = problems(load, f"# caf\u00e9\n{ENV}".encode(codec))

    assert problem.endswith("save it again as UTF-8")


def test_the_mark_that_windows_puts_before_utf_8_is_no_fault(load: Load) -> None:
    assert load(ENV.encode("utf-8-sig")).discord_token.get_secret_value() == TOKEN


def test_settings_do_not_show_their_secrets_and_do_not_change(load: Load) -> None:
    settings = load()

    assert "canary" not in repr(settings) + str(settings) + settings.model_dump_json()
    with pytest.raises(ValueError, match="frozen"):
        settings.videos_per_day = 100


def test_every_setting_says_what_it_is_for() -> None:
    assert [name for name, field in Settings.model_fields.items() if not field.description] == []


def test_it_is_set_up_once_there_is_a_file_or_a_secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DISCORD_TOKEN", "OPENROUTER_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    file = tmp_path / ".env"
    assert not is_set_up(env_file=file)

    monkeypatch.setenv("OPENROUTER_API_KEY", KEY)
    assert is_set_up(env_file=file)

    monkeypatch.delenv("OPENROUTER_API_KEY")
    file.touch()
    assert is_set_up(env_file=file)


@pytest.mark.parametrize("name", ["DISCORD_TOKEN", "OPENROUTER_API_KEY"])
@pytest.mark.parametrize("is_in_environment", [True, False])
def test_a_secret_may_come_out_of_a_file(load: Load, tmp_path: Path, name: str, *, is_in_environment: bool) -> None:
    secret = tmp_path / "secret"
    secret.write_text((TOKEN if name == "DISCORD_TOKEN" else KEY) + "\n", encoding="utf-8")
    others = "".join(line + "\n" for line in ENV.splitlines() if not line.startswith(name))

    settings = (
        load(others, **{f"{name}_FILE": str(secret)}) if is_in_environment else load(f"{others}{name}_FILE={secret}\n")
    )

    assert (settings.discord_token.get_secret_value(), settings.openrouter_api_key.get_secret_value()) == (TOKEN, KEY)


def test_every_secret_setting_may_come_out_of_a_file(load: Load, tmp_path: Path) -> None:
    secrets = [name for name, field in Settings.model_fields.items() if "SecretStr" in str(field.annotation)]
    files = {f"{name.upper()}_FILE": tmp_path / name for name in secrets}
    written = {name: f"canary-secret-of-{name}" for name in secrets} | {"database_url": "postgresql://u:canary@h/bot"}
    for name in secrets:
        (tmp_path / name).write_bytes(f"\ufeff{written[name]}\r\n".encode())

    settings = load("PUBLIC_URL=https://bot.example\n", **{name: str(path) for name, path in files.items()})

    assert len(secrets) >= 2
    for name in secrets:
        assert getattr(settings, name).get_secret_value() == written[name]


def test_a_postgresql_database_is_taken_by_its_address(load: Load) -> None:
    for address in ("postgresql://bot:canary@db.example:5433/bot", "postgres:///bot?host=/run/postgresql"):
        found = load(DATABASE_URL=address).database_url

        assert found is not None
        assert found.get_secret_value() == address


@pytest.mark.parametrize(
    ("address", "says"),
    [
        ("mysql://bot:canary@db/bot", "must be an address such as"),
        ("canary", "must be an address such as"),
        ("postgresql://bot:canary@[db/bot", "must be an address such as"),
        ("postgresql://bot:canary@db", "must name a database after the host"),
        ("postgresql://bot:canary@db:canary/bot", "must have a number"),
    ],
)
def test_another_address_of_a_database_is_refused_and_not_shown(load: Load, address: str, says: str) -> None:
    [problem] = problems(load, DATABASE_URL=address)

    assert problem.startswith(f"DATABASE_URL: {says}")


def test_no_log_shows_the_password_of_the_database(load: Load) -> None:
    secrets = choices.secrets(load(DATABASE_URL="postgresql://bot:canary%40word@db/bot"))

    assert {"canary@word", "postgresql://bot:canary%40word@db/bot"} <= {*secrets}


def test_a_secret_that_is_given_twice_is_refused(load: Load, tmp_path: Path) -> None:
    (tmp_path / "token").write_text(TOKEN, encoding="utf-8")

    [problem] = problems(load, DISCORD_TOKEN_FILE=str(tmp_path / "token"))

    assert problem == "DISCORD_TOKEN_FILE: DISCORD_TOKEN is set as well; remove one of the two"


def test_a_blank_name_of_a_file_is_as_good_as_absent(load: Load) -> None:
    assert load(DISCORD_TOKEN_FILE="").discord_token.get_secret_value() == TOKEN


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (None, "cannot be read (no such file or directory)"),
        (b"", "value should have at least 20 items after validation, not 0"),
        (b"canary", "value should have at least 20 items after validation, not 6"),
        (b"canary canary canary canary", "holds a space or a letter that a key never has; copy it again"),
        (b"\xff\xfecanary-canary-canary", "names a file that holds no text"),
    ],
    ids=["no file", "empty", "too short", "spaces", "no text"],
)
def test_a_file_without_a_usable_secret_is_said_without_its_path_or_content(
    load: Load, tmp_path: Path, content: bytes | None, problem: str
) -> None:
    file = tmp_path / "canary-file"
    if content is not None:
        file.write_bytes(content)

    [found] = problems(load, f"OPENROUTER_API_KEY={KEY}\n", DISCORD_TOKEN_FILE=str(file))

    assert found == f"DISCORD_TOKEN_FILE: {problem}"


def test_a_secret_in_the_place_of_a_path_is_not_shown(load: Load) -> None:
    [found] = problems(load, f"OPENROUTER_API_KEY={KEY}\n", DISCORD_TOKEN_FILE=TOKEN)

    assert found == "DISCORD_TOKEN_FILE: cannot be read (no such file or directory)"


def test_a_folder_or_a_file_without_end_is_no_secret(load: Load, tmp_path: Path) -> None:
    found = problems(load, "", DISCORD_TOKEN_FILE=str(tmp_path), OPENROUTER_API_KEY_FILE="/dev/zero")

    assert found == [
        "DISCORD_TOKEN_FILE: cannot be read (is a directory)",
        "OPENROUTER_API_KEY_FILE: holds a space or a letter that a key never has; copy it again",
    ]


def test_it_is_set_up_once_a_file_with_a_secret_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DISCORD_TOKEN", "OPENROUTER_API_KEY"):
        monkeypatch.delenv(name, raising=False)

    monkeypatch.setenv("DISCORD_TOKEN_FILE", "/run/secrets/token")

    assert is_set_up(env_file=tmp_path / ".env")
