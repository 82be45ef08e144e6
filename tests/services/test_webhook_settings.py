"""Webhooks take an address and a secret, both or neither, and each fault is one line that says what to do."""

from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest

from services.errors import ConfigurationError
from services.settings import Settings, load_settings

ENV: Final = f"DISCORD_TOKEN={'t' * 60}\nOPENROUTER_API_KEY=sk-or-v1-example\n"
SECRET: Final = "canary-signing-secret"
Load = Callable[..., Settings]


@pytest.fixture
def load(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Load:
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)

    def read(**values: str) -> Settings:
        file = tmp_path / ".env"
        file.write_text(ENV + "".join(f"{name.upper()}={value}\n" for name, value in values.items()))
        return load_settings(env_file=file)

    return read


def problems(load: Load, **values: str) -> list[str]:
    with pytest.raises(ConfigurationError) as caught:
        load(**values)
    assert "canary" not in repr(caught.value)
    return list(caught.value.problems)


def test_without_them_the_bot_only_asks(load: Load) -> None:
    settings = load()

    assert (settings.public_url, settings.webhook_secret) == (None, None)
    assert (settings.webhook_host, settings.webhook_port) == ("127.0.0.1", 8080)


def test_both_together_are_taken(load: Load) -> None:
    settings = load(public_url="https://bot.example/video/", webhook_secret=SECRET, webhook_port="9000")

    assert settings.public_url == "https://bot.example/video"
    assert settings.webhook_secret is not None
    assert settings.webhook_secret.get_secret_value() == SECRET
    assert SECRET not in repr(settings)


@pytest.mark.parametrize("address", ["http://127.0.0.1:9", "http://localhost:8080", "http://[::1]:1"])
def test_an_address_on_this_machine_needs_no_tls(load: Load, address: str) -> None:
    assert load(public_url=address, webhook_secret=SECRET).public_url == address


def test_an_address_without_a_secret_is_refused(load: Load) -> None:
    [line] = problems(load, public_url="https://canary.example")

    assert line.startswith("WEBHOOK_SECRET: is missing, and PUBLIC_URL is set")


def test_a_secret_without_an_address_is_refused(load: Load) -> None:
    [line] = problems(load, webhook_secret=SECRET)

    assert line.startswith("WEBHOOK_SECRET: is set, and PUBLIC_URL is missing")


def test_a_secret_that_can_be_guessed_is_refused(load: Load) -> None:
    [line] = problems(load, public_url="https://bot.example", webhook_secret="canary")

    assert line == "WEBHOOK_SECRET: is too short to be safe; take one of at least 16 characters"


@pytest.mark.parametrize(
    "address",
    [
        "http://canary.example",
        "http://127.0.0.1.canary.example",
        "ftp://canary.example",
        "canary.example",
        "https://",
        "https://canary:x@bot.example",
        "https://bot.example/?canary",
        "https://bot.example/#canary",
        "http://[canary",
    ],
)
@pytest.mark.parametrize("secret", [SECRET, ""])
def test_an_address_that_openrouter_would_not_call_is_refused_with_one_line(
    load: Load, address: str, secret: str
) -> None:
    [line] = problems(load, public_url=address, webhook_secret=secret)

    assert line.startswith("PUBLIC_URL: must ")


@pytest.mark.parametrize("port", ["0", "65536", "http"])
def test_a_port_that_is_none_is_refused(load: Load, port: str) -> None:
    [line] = problems(load, webhook_port=port)

    assert line.startswith("WEBHOOK_PORT: ")
