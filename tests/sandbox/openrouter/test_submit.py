import io
import json

import pytest

from sandbox.openrouter import OpenRouterStandIn
from tests.sandbox.openrouter.caller import Client, message

IMAGE = {"type": "image_url", "image_url": {"url": "https://pictures.example/a.png"}}
FIRST = {**IMAGE, "frame_type": "first_frame"}
PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg=="  # a whole PNG


def first(url: str) -> dict[str, object]:
    return {**FIRST, "image_url": {"url": url}}


async def test_a_submit_is_accepted_with_an_id_and_nothing_more_than_the_documented_fields(client: Client) -> None:
    reply = await client.submit()

    job_id = str(reply.json["id"])
    assert reply.status == 202
    assert reply.json == {
        "id": job_id,
        "generation_id": job_id,
        "polling_url": f"/api/v1/videos/{job_id}",
        "status": "pending",
    }
    prefix, seconds, tail = job_id.rsplit("-", 2)
    assert prefix == "gen-vid"
    assert seconds.isdigit()
    assert len(tail) == 20
    assert tail.isalnum()


@pytest.mark.parametrize(
    ("bearer", "text"), [(None, "Missing Authentication header"), ("sk-wrong", "No cookie auth credentials found")]
)
async def test_without_the_right_key_every_route_but_the_list_of_models_answers_401(
    client: Client, bearer: str | None, text: str
) -> None:
    job_id = await client.job()
    client.bearer = bearer

    for reply in (
        await client.submit(),
        await client.call("GET", f"/videos/{job_id}"),
        await client.content(job_id),
        await client.call("GET", "/key"),
    ):
        assert (reply.status, message(reply)) == (401, text)
    assert (await client.call("GET", "/videos/models")).status == 200


async def test_a_wrong_key_is_refused_before_the_body_is_read(client: Client, stand_in: OpenRouterStandIn) -> None:
    client.bearer = "sk-wrong"

    reply = await client.call("POST", "/videos", data=b"not JSON at all")

    assert reply.status == 401
    assert stand_in.requests[0].body is None


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"duration": 5}, "Duration 5s is not supported for this model. Supported durations: 4, 6, 8s"),
        ({"resolution": "4K"}, "Resolution 4K is not supported for this model. Supported resolutions: 720p, 1080p"),
        ({"resolution": "720P"}, "Resolution 720P is not supported"),
        ({"aspect_ratio": "1:1"}, "Aspect ratio 1:1 is not supported for this model."),
        ({"size": "1280x720"}, "size cannot be combined with resolution or aspect_ratio."),
        ({"size": "640x360", "resolution": ..., "aspect_ratio": ...}, "Size 640x360 is not supported"),
        ({"model": "x-ai/grok-imagine-video-1.5-lite"}, "generate_audio is not supported"),
        ({"model": "x-ai/grok-imagine-video-1.5-lite", "generate_audio": ..., "seed": 1}, "seed is not supported"),
        ({"model": "alibaba/wan-3.0", "size": "1280x720", "resolution": ..., "aspect_ratio": ...}, "sizes: none"),
        ({"model": "alibaba/wan-3.0", "frame_images": [{**FIRST, "frame_type": "last_frame"}]}, "last_frame"),
        ({"frame_images": [FIRST, FIRST]}, "at most one first_frame"),
        ({"frame_images": [{**FIRST, "frame_type": "last_frame"}]}, "last_frame requires first_frame"),
        ({"frame_images": [first("data:image/gif;base64,R0lGODlh")]}, "data URL must be"),
        ({"frame_images": [first("data:image/png,%89PNG")]}, "data URL must be"),
        ({"frame_images": [first("data:image/png;base64,iVBORw0KGgo=")]}, "cannot be read"),
        ({"frame_images": [first(f"data:image/jpeg;base64,{PIXEL}")]}, "cannot be read"),
        ({"frame_images": [first("data:image/png;base64,abc")]}, "not valid base64"),
        ({"upscale_factor": 2}, "upscale_factor is not supported"),
        ({"creativity": 1}, "creativity is not supported"),
        ({"previous_job_id": "gen-vid-1-x"}, "previous_job_id is not supported"),
        ({"model": "black-forest-labs/flux-video-upscale", "duration": 5, "generate_audio": ...}, "input reference"),
    ],
)
async def test_a_value_that_the_model_does_not_list_is_refused(
    client: Client, stand_in: OpenRouterStandIn, changes: dict[str, object], text: str
) -> None:
    reply = await client.submit(**changes)

    assert reply.status == 400
    assert text in message(reply)
    assert not stand_in.jobs


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"model": ...}, "model"),
        ({"model": 3}, "model"),
        ({"prompt": ...}, "prompt"),
        ({"prompt": "  "}, "prompt"),
        ({"prompt": None}, "prompt"),
        ({"prompt": ["words"]}, "prompt"),
        ({"duration": "4"}, "duration"),
        ({"duration": 4.5}, "duration"),
        ({"duration": True}, "duration"),
        ({"duration": 0}, "duration"),
        ({"seed": "1"}, "seed"),
        ({"generate_audio": "false"}, "generate_audio"),
        ({"size": "large"}, "size"),
        ({"frame_images": FIRST}, "frame_images"),
        ({"frame_images": [IMAGE]}, "frame_type"),
        ({"frame_images": [{**FIRST, "image_url": {"url": "a.png"}}]}, "frame_images.0.image_url.url"),
        ({"input_references": [{"type": "file", "file": "a"}]}, "input_references.0"),
        ({"callback_url": "http://bot.example/hook"}, "callback_url"),
        ({"session_id": "s" * 257}, "session_id"),
        ({"provider": {"options": ["x"]}}, "provider.options"),
    ],
)
async def test_a_value_of_the_wrong_kind_is_refused_and_named(
    client: Client, stand_in: OpenRouterStandIn, changes: dict[str, object], field: str
) -> None:
    reply = await client.submit(**changes)

    assert reply.status == 400
    assert field in message(reply)
    assert not stand_in.jobs


async def test_an_unknown_model_is_refused_in_the_availability_shape(client: Client) -> None:
    reply = await client.submit(model="acme/fake-1.0")

    error = reply.json["error"]
    assert reply.status == 400
    assert error["availability"]["code"] == "model_not_found"
    assert error["availability"]["requested_models"] == ["acme/fake-1.0"]
    assert error["availability"]["retryable"] is False


@pytest.mark.parametrize("body", [b"", b"{", b'"text"', b'{"seed": NaN}', b"\xff\xfe", b"[" * 100_000])
async def test_a_body_that_is_not_a_json_object_is_refused(client: Client, body: bytes) -> None:
    reply = await client.call("POST", "/videos", data=body)

    assert reply.status == 400


async def test_a_body_of_another_content_type_is_refused(client: Client, stand_in: OpenRouterStandIn) -> None:
    body = json.dumps({"model": "google/veo-3.1-lite", "prompt": "x"})
    headers = {"Authorization": f"Bearer {stand_in.key}", "Content-Type": "text/plain"}

    async with client.session.post(f"{stand_in.base_url}/videos", data=body, headers=headers) as response:
        assert response.status == 400


async def test_a_body_beyond_the_limit_is_refused_as_too_large(client: Client) -> None:
    body = io.BytesIO(b'{"prompt": "' + bytes(33 * 1024 * 1024))

    assert (await client.call("POST", "/videos", data=body)).status == 413


async def test_unknown_keys_are_dropped_in_silence_and_noted_in_the_log(
    client: Client, stand_in: OpenRouterStandIn
) -> None:
    reply = await client.submit(image="https://pictures.example/a.png", durration=8)

    assert reply.status == 202
    assert stand_in.requests[0].dropped == ("image", "durration")


async def test_the_shape_is_what_the_request_says(client: Client, stand_in: OpenRouterStandIn) -> None:
    await client.job(resolution="1080p", aspect_ratio="9:16", duration=6)
    await client.job(size="1920x1080", resolution=..., aspect_ratio=...)
    await client.job(model="alibaba/wan-3.0", aspect_ratio="4:3")

    orders = [job.order for job in stand_in.jobs.values()]
    assert [order.pixels for order in orders] == [(1080, 1920), (1920, 1080), (960, 720)]
    assert [order.seconds for order in orders] == [6, 4, 4]


async def test_what_is_left_out_is_filled_in_with_dear_defaults(client: Client, stand_in: OpenRouterStandIn) -> None:
    await client.job(duration=..., resolution=..., aspect_ratio=..., generate_audio=...)

    order = next(iter(stand_in.jobs.values())).order
    assert (order.seconds, order.resolution, order.aspect_ratio, order.audio) == (8, "1080p", "16:9", True)


async def test_a_request_with_pictures_is_taken(client: Client, stand_in: OpenRouterStandIn) -> None:
    data_url = {**FIRST, "image_url": {"url": f"data:image/png;base64,{PIXEL}"}}

    await client.job(frame_images=[data_url], input_references=[IMAGE])

    order = next(iter(stand_in.jobs.values())).order
    assert (order.frame_images, order.reference_images, order.mode) == (1, 1, "image_to_video")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("DELETE", "/videos/gen-vid-1-x"),
        ("GET", "/videos"),
        ("GET", "/credits"),
        ("PUT", "/videos/models"),
        ("GET", "/"),
    ],
)
async def test_everything_else_is_not_found_in_the_documented_shape(client: Client, method: str, path: str) -> None:
    reply = await client.call(method, path)

    assert reply.status == 404
    assert reply.json == {"error": {"code": 404, "message": "Resource not found"}}


async def test_a_running_job_cannot_be_cancelled(client: Client) -> None:
    job_id = await client.job()

    assert (await client.call("DELETE", f"/videos/{job_id}")).status == 404
    assert (await client.status(job_id))["status"] == "pending"


async def test_the_key_in_the_log_is_only_whether_it_was_right(client: Client, stand_in: OpenRouterStandIn) -> None:
    await client.submit()
    client.bearer = "sk-wrong"
    await client.submit()

    assert [record.headers["authorization"] for record in stand_in.requests] == ["right key", "wrong key"]
    assert stand_in.key not in str(list(stand_in.requests))


async def test_the_log_holds_every_request_with_its_answer(client: Client, stand_in: OpenRouterStandIn) -> None:
    job_id = await client.job()
    await client.content(job_id, "?index=0")
    await client.submit(duration=5)

    told = [(record.route, record.method, record.path, record.subject, record.status) for record in stand_in.requests]
    assert told == [
        ("submit", "POST", "/api/v1/videos", job_id, 202),
        ("content", "GET", f"/api/v1/videos/{job_id}/content", job_id, 409),
        ("submit", "POST", "/api/v1/videos", None, 400),
    ]
    assert stand_in.requests[1].query == {"index": "0"}
    body = stand_in.requests[2].body
    assert isinstance(body, dict)
    assert body["duration"] == 5


async def test_out_of_credit_is_402_and_a_revoked_key_is_401(client: Client, stand_in: OpenRouterStandIn) -> None:
    await client.control("POST", "/account", json={"limit": 5, "remaining": 0})
    assert (await client.submit()).status == 402

    await client.control("POST", "/account", json={"key_is_valid": False, "limit": None})
    assert (await client.submit()).status == 401
    assert not stand_in.jobs
