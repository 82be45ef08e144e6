"""A message counts only if it comes, as it was signed, just now, from whoever knows the secret."""

import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta
from typing import Final

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from services.webhooks import TOLERANCE, digest_of, is_signed, new_callback, token_in

SECRET: Final = "whsec_example_do_not_use"
SENT: Final = 1_791_460_800
BODY: Final = (
    b'{"type":"video.generation.completed","created_at":"2026-10-08T12:00:00.000Z","data":{"id":"gen-vid-1791447875-'
    b'kcvDiEOcJLDv7t6LWyap","status":"completed","generation_id":"gen-vid-1791447875-kcvDiEOcJLDv7t6LWyap","model":'
    b'"google/veo-3.1-lite","unsigned_urls":["https://openrouter.ai/api/v1/videos/gen-vid-1791447875-kcvDiEOcJLDv7t6'
    b'LWyap/content?index=0"],"usage":{"cost":0.12,"is_byok":false}}}'
)
DIGEST: Final = "ffdd2f6c2cc827974b36f358861239075281025c7b99a922356822ee714494f5"
SIGNATURE: Final = f"t={SENT},v1={DIGEST}"
NOW: Final = datetime.fromtimestamp(SENT, tz=UTC)


def signed(
    body: bytes = BODY, *, signature: str = SIGNATURE, secret: str = SECRET, late: timedelta = timedelta(0)
) -> bool:
    return is_signed(body, signature=signature, secret=secret, now=NOW + late)


def made(body: bytes = BODY, *, at: object = SENT, secret: str = SECRET, between: str = ",") -> str:
    """Return a signature, made as it is documented."""
    text = f"{at}{between}".encode() + body
    return f"t={at},v1={hmac.new(secret.encode(), text, hashlib.sha256).hexdigest()}"


def test_the_worked_example_is_signed() -> None:
    assert signed()


def test_the_signature_is_over_the_time_a_comma_and_the_body() -> None:
    assert made() == SIGNATURE
    assert not signed(signature=made(between="."))


@pytest.mark.parametrize("signature", [f"v1={DIGEST},t={SENT}", f" t={SENT} , v1={DIGEST} ", f"{SIGNATURE},v2=later"])
def test_the_order_of_the_fields_and_the_space_around_them_do_not_matter(signature: str) -> None:
    assert signed(signature=signature)


def test_while_a_secret_is_replaced_one_of_two_signatures_has_to_be_right() -> None:
    assert signed(signature=f"t={SENT},v1={'0' * 64},v1={DIGEST}")
    assert signed(signature=f"{SIGNATURE},v1={'0' * 64}")


def test_another_secret_is_refused() -> None:
    assert not signed(secret=SECRET + "x")
    assert not signed(secret=SECRET.upper())


@pytest.mark.parametrize("seconds", [-300, -299, 299, 300])
def test_a_clock_that_differs_by_five_minutes_is_no_matter(seconds: int) -> None:
    assert signed(late=timedelta(seconds=seconds))


def test_a_message_that_is_sent_again_after_five_minutes_is_too_old() -> None:
    assert not signed(late=TOLERANCE + timedelta(seconds=1))


def test_a_message_from_the_future_is_refused() -> None:
    assert not signed(late=-TOLERANCE - timedelta(seconds=1))


def test_an_old_message_with_a_new_time_is_refused() -> None:
    assert not signed(signature=f"t={SENT + 600},v1={DIGEST}", late=timedelta(seconds=600))


def test_a_body_that_means_the_same_and_is_written_differently_is_refused() -> None:
    assert not signed(json.dumps(json.loads(BODY)).encode())
    assert not signed(BODY + b"\n")


@pytest.mark.parametrize(
    "signature",
    [
        "",
        ",",
        "t=,v1=",
        f"t={SENT}",
        f"v1={DIGEST}",
        f"t={SENT},v1=",
        f"t={SENT},v1={DIGEST[:-1]}",
        f"t={SENT},v1={DIGEST.upper()}",
        f"t={SENT},v0={DIGEST}",
        f"t={SENT},t={SENT},v1={DIGEST}",
        f"t={SENT}.0,v1={DIGEST}",
        f"t=+{SENT},v1={DIGEST}",
        f"t=١٧٩١٤٦٠٨٠٠,v1={DIGEST}",
        f"t={'9' * 5_000},v1={DIGEST}",
        f"t={SENT},v1=\udcff\udcfe",
        f"t={SENT};v1={DIGEST}",
        DIGEST,
    ],
)
def test_what_is_no_signature_is_refused(signature: str) -> None:
    assert not signed(signature=signature)


@pytest.mark.parametrize("at", ["nan", "1e9", "-1", "", " ", "9" * 13])
def test_a_time_that_is_none_is_refused_even_where_it_is_signed(at: str) -> None:
    assert not signed(signature=made(at=at))


@given(data=st.data())
def test_no_changed_byte_gets_through(data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(BODY) - 1))
    other = data.draw(st.integers(0, 255).filter(lambda byte: byte != BODY[place]))

    assert not signed(BODY[:place] + bytes([other]) + BODY[place + 1 :])


@given(body=st.binary(max_size=300), signature=st.text(max_size=120), secret=st.text(min_size=1, max_size=40))
def test_nothing_that_was_made_up_gets_through_or_breaks_anything(body: bytes, signature: str, secret: str) -> None:
    assume(secret != SECRET)

    assert not signed(body, signature=signature)
    assert not signed(body, signature=made(body, secret=secret))
    assert signed(body, signature=made(body))


@given(digest=st.text(alphabet="0123456789abcdef", min_size=64, max_size=64), at=st.integers(SENT - 300, SENT + 300))
def test_a_digest_is_only_right_for_its_own_time(digest: str, at: int) -> None:
    assume(at != SENT)

    assert not signed(signature=f"t={at},v1={DIGEST}")
    assert not signed(signature=f"t={at},v1={digest}")


def test_an_address_is_new_every_time_and_has_256_bits_of_chance() -> None:
    made_up = [new_callback("https://bot.example") for _ in range(200)]

    tokens = [callback.url.removeprefix("https://bot.example/callbacks/") for callback in made_up]
    assert len({*tokens}) == len({callback.digest for callback in made_up}) == 200
    assert {len(token) for token in tokens} == {43}


def test_what_is_stored_of_an_address_does_not_tell_it() -> None:
    callback = new_callback("https://bot.example")
    token = token_in("/callbacks/" + callback.url.rpartition("/")[2])

    assert token is not None
    assert callback.digest == digest_of(token) == hashlib.sha256(token.encode()).hexdigest()
    assert token not in callback.digest


def test_a_token_is_found_whatever_a_proxy_leaves_of_the_path_before_it() -> None:
    token = new_callback("").url.rpartition("/")[2]

    assert token_in(f"/callbacks/{token}") == token_in(f"/bots/video/callbacks/{token}") == token


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "",
        "/callbacks/",
        f"/callbacks/{'a' * 42}",
        f"/callbacks/{'a' * 44}",
        f"/callbacks/{'a' * 42}=",
        f"/callbacks/{'a' * 43}/",
        f"/callbacks/{'a' * 43}\n",
        f"/callback/{'a' * 43}",
        f"callbacks/{'a' * 43}",
        f"/callbacks/{'a' * 21}/{'a' * 21}",
        f"/callbacks/{'ä' * 43}",
        f"//callbacks/{'a' * 43}",
    ],
)
def test_no_other_path_has_one(path: str) -> None:
    assert token_in(path) is None
