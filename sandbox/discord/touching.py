"""What Discord's client sends when a user touches a component: the `data` of the interaction."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sandbox.discord.components import BUTTON, LINK_STYLE, PREMIUM_STYLE, SELECTS, STRING_SELECT
from sandbox.discord.errors import ClientRefusedError
from sandbox.discord.resolving import Resolver

Resolve = Callable[[int], str]


def component_data(component: Mapping[str, Any], *, values: Sequence[str] | None, resolver: Resolver) -> dict[str, Any]:
    """The `data` for a press (`values` is None) or a choice.

    Raises:
        ClientRefusedError: the component is disabled, is no button or select, or does not take these values.
    """
    custom_id, kind = component["custom_id"], component["type"]
    if component.get("disabled"):
        raise ClientRefusedError(f"{custom_id!r} is disabled")
    if kind != BUTTON and kind not in SELECTS:
        raise ClientRefusedError(f"{custom_id!r} cannot be touched")
    data = {"custom_id": custom_id, "component_type": kind, "id": component.get("id", 0)}
    if kind != BUTTON:
        return data | _selection(component, values or (), resolver)
    if values is not None or component.get("style") in {LINK_STYLE, PREMIUM_STYLE}:
        raise ClientRefusedError(f"{custom_id!r} is not for that")
    return data


def _selection(component: Mapping[str, Any], values: Sequence[str], resolver: Resolver) -> dict[str, Any]:
    least, most = _bound(component, "min_values"), _bound(component, "max_values")
    if not least <= len(values) <= most or len(set(values)) < len(values):
        raise ClientRefusedError(f"{component['custom_id']!r} takes {least} to {most} different values")
    if component["type"] != STRING_SELECT:
        resolve = _resolve(component, resolver)
        return {"values": [resolve(int(value)) for value in values], "resolved": resolver.resolved}
    if unknown := set(values) - {option["value"] for option in component["options"]}:
        raise ClientRefusedError(f"{component['custom_id']!r} does not offer {sorted(unknown)}")
    return {"values": list(values)}


def _bound(component: Mapping[str, Any], name: str) -> int:
    bound: int | None = component.get(name)
    return 1 if bound is None else bound


def _resolve(select: Mapping[str, Any], resolver: Resolver) -> Resolve:
    match select["type"]:
        case 5:
            return resolver.user
        case 6:
            return resolver.role
        case 7:
            return resolver.mentionable
        case _:
            types = select.get("channel_types") or ()
            return lambda channel_id: resolver.channel(channel_id, types=types)
