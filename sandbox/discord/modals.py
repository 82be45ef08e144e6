"""What a user writes into a modal, checked as Discord's client checks it."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from sandbox.discord.components import LABEL, TEXT_DISPLAY, find, walk
from sandbox.discord.errors import ClientRefusedError
from sandbox.discord.forms import as_list, as_object
from sandbox.discord.resolving import Resolver
from sandbox.discord.uploads import Upload

MOST_CHARACTERS: Final = 4000


def modal_components(components: object, *, values: Mapping[str, object], resolver: Resolver) -> list[dict[str, Any]]:
    """The components of the submission, in the shape of the modal's own.

    Args:
        components: the modal's.
        values: by custom id: a string for a text input, strings for a select, uploads for a file upload.
        resolver: keeps uploaded files.

    Raises:
        ClientRefusedError: a value is missing, too short, too long, or for no field.
    """
    for custom_id in values:
        if find(components, custom_id) is None:
            raise ClientRefusedError(f"the modal has no field {custom_id!r}")
    filled: list[dict[str, Any]] = []
    for index, item in enumerate(as_list(components), start=1):
        outer = as_object(item)
        kind = outer.get("type")
        if kind == TEXT_DISPLAY:
            filled.append({"type": kind, "id": index})
            continue
        inner = next(component for component in walk([outer]) if "custom_id" in component)
        answer = _answer(inner, values.get(str(inner["custom_id"])), resolver) | {"id": index * 100}
        holder = {"component": answer} if kind == LABEL else {"components": [answer]}
        filled.append({"type": kind, "id": index, **holder})
    return filled


def _answer(field: Mapping[str, Any], value: object, resolver: Resolver) -> dict[str, Any]:
    head = {"type": field["type"], "custom_id": field["custom_id"]}
    match field["type"]:
        case 4:
            return head | {"value": _text(field, value)}
        case 19:
            uploads = [item for item in as_list(value) if isinstance(item, Upload)]
            _require_count(field, len(uploads))
            return head | {"values": [resolver.attachment(upload) for upload in uploads]}
        case _:
            chosen = [str(item) for item in as_list(value)]
            _require_count(field, len(chosen))
            _require_offered(field, chosen)
            return head | {"values": chosen}


def _text(field: Mapping[str, Any], value: object) -> str:
    text = value if isinstance(value, str) else str(field.get("value") or "")
    if not text and field.get("required", True):
        raise ClientRefusedError(f"the field {field['custom_id']!r} is required")
    least, most = field.get("min_length") or 0, field.get("max_length") or MOST_CHARACTERS
    if text and not least <= len(text) <= most:
        raise ClientRefusedError(f"the field {field['custom_id']!r} takes {least} to {most} characters")
    return text


def _require_count(field: Mapping[str, Any], count: int) -> None:
    least = field.get("min_values", 1) if field.get("required", True) else 0
    most = field.get("max_values") or 1
    if not least <= count <= most:
        raise ClientRefusedError(f"the field {field['custom_id']!r} takes {least} to {most} values")


def _require_offered(field: Mapping[str, Any], chosen: Sequence[str]) -> None:
    offered = {as_object(option).get("value") for option in as_list(field.get("options"))}
    if offered and not offered.issuperset(chosen):
        raise ClientRefusedError(f"the field {field['custom_id']!r} does not offer all of {list(chosen)}")
