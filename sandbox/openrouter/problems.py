"""Every refusal of the stand-in, in the body shapes that OpenRouter documents or was seen to send."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from aiohttp import web


@dataclass(eq=False)
class Problem(Exception):  # noqa: N818  # it is an answer in the making, not a failure of the stand-in
    """A request that is refused: the HTTP status and the `error` object of the body."""

    status: int
    error: Mapping[str, object]
    headers: Mapping[str, str] = field(default_factory=dict[str, str])

    def response(self) -> web.Response:
        """Return the answer that says so."""
        return web.json_response({"error": self.error}, status=self.status, headers=self.headers)


def problem(status: int, message: str, **metadata: object) -> Problem:
    """Return a refusal in the usual shape, where `error.code` repeats the HTTP status."""
    error: dict[str, object] = {"code": status, "message": message}
    if metadata:
        error["metadata"] = metadata
    return Problem(status, error)


def missing_key() -> Problem:
    """Return the 401 for a request without a bearer token."""
    return problem(401, "Missing Authentication header")


def wrong_key() -> Problem:
    """Return the 401 for a token that opens nothing."""
    return problem(401, "No cookie auth credentials found")


def out_of_credit() -> Problem:
    """Return the 402 for an account that cannot pay."""
    return problem(
        402,
        "Insufficient credits. Add more using https://openrouter.ai/settings/credits",
        limit_source="openrouter_credits",
        remedy_hint="Add credits at https://openrouter.ai/settings/credits",
    )


def bad_request(message: str) -> Problem:
    """Return the 400 for a body that breaks the schema."""
    return problem(400, message)


def bad_parameter(message: str) -> Problem:
    """Return the 400 for a value that the model does not list."""
    return problem(400, message, failed_routing_step="Validate Video Parameters")


def unknown_model(model: str) -> Problem:
    """Return the 400 for a model that does not exist, in the availability shape.

    The examples of the errors page leave `code` out of this shape, while the official client refuses to parse an error
    without it: here it is sent. An answer without it can be scripted.
    """
    return Problem(
        400,
        {
            "code": 400,
            "message": f"{model} is not a valid model ID",
            "error_type": "invalid_request",
            "http_status": 400,
            "availability": {
                "code": "model_not_found",
                "retryable": False,
                "requested_models": [model],
                "docs_url": "https://openrouter.ai/docs/errors#model_not_found",
            },
        },
    )


def unknown_job(job_id: str) -> Problem:
    """Return the 404 for a job that does not exist."""
    return problem(404, f"Video job {job_id} not found")


def not_ready() -> Problem:
    """Return the 409 for a clip that is not made yet."""
    return problem(409, "Resource conflict. Please try again later.")


def nothing_here() -> Problem:
    """Return the 404 for everything that the service does not offer."""
    return problem(404, "Resource not found")


def too_large() -> Problem:
    """Return the 413 for a body beyond the limit."""
    return problem(413, "Request payload too large")
