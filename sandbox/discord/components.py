"""What Discord accepts as the components of a message or a modal, and how to find one that a user could touch."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from sandbox.discord.errors import ApiError, Refusal
from sandbox.discord.forms import (
    Check,
    Listing,
    Mistakes,
    Number,
    OneOf,
    OrNull,
    Path,
    Shape,
    Text,
    anything,
    as_list,
    as_object,
    flag,
)

ROW: Final = 1
BUTTON: Final = 2
STRING_SELECT: Final = 3
TEXT_INPUT: Final = 4
ENTITY_SELECTS: Final = (5, 6, 7, 8)
SELECTS: Final = (STRING_SELECT, *ENTITY_SELECTS)
SECTION: Final = 9
TEXT_DISPLAY: Final = 10
THUMBNAIL: Final = 11
MEDIA_GALLERY: Final = 12
FILE: Final = 13
SEPARATOR: Final = 14
CONTAINER: Final = 17
LABEL: Final = 18
FILE_UPLOAD: Final = 19
LINK_STYLE: Final = 5
PREMIUM_STYLE: Final = 6
BUTTONS_PER_ROW: Final = 5
ROWS: Final = 5
MOST_COMPONENTS: Final = 40

CUSTOM_ID: Final = Text(most=100, least=1)
MEDIA: Final = Shape(fields={"url": Text(most=2048, least=1)}, required=frozenset({"url"}))


def check_message_components(value: object, path: Path, mistakes: Mistakes, *, is_v2: bool) -> None:
    """Note what Discord would refuse in the components of a message; `is_v2` is the message's flag 1 << 15."""
    top = _ByType({ROW: _row, **_V2_TOP}) if is_v2 else _ByType({ROW: _row})
    Listing(item=top, most=MOST_COMPONENTS if is_v2 else ROWS)(value, path, mistakes)
    _check_custom_ids(value, path, mistakes)
    if is_v2 and sum(1 for _ in walk(value)) > MOST_COMPONENTS:
        mistakes.add(path, "BASE_TYPE_BAD_LENGTH", f"Must be between 1 and {MOST_COMPONENTS} in length.")


def require_modal(data: Mapping[str, object]) -> None:
    """Refuse what Discord would refuse as a modal.

    Raises:
        ApiError: 400/50035.
    """
    mistakes = Mistakes()
    Shape(
        fields={
            "custom_id": CUSTOM_ID,
            "title": Text(most=45, least=1),
            "components": Listing(
                item=_ByType({ROW: _input_row, LABEL: _LABEL, TEXT_DISPLAY: _TEXT_DISPLAY}), most=5, least=1
            ),
        },
        required=frozenset({"custom_id", "title", "components"}),
    )(data, ("data",), mistakes)
    _check_custom_ids(data.get("components"), ("data", "components"), mistakes)
    mistakes.raise_if_any()


def walk(value: object) -> Iterator[Mapping[str, Any]]:
    """Every component in a tree of components, the outer before the inner."""
    for item in as_list(value):
        component = as_object(item)
        yield component
        yield from walk(component.get("components"))
        inner = [component[key] for key in ("accessory", "component") if key in component]
        yield from walk(inner)


def find(value: object, custom_id: str) -> Mapping[str, Any] | None:
    """The component with that custom id, or None."""
    return next((component for component in walk(value) if component.get("custom_id") == custom_id), None)


def numbered(components: object) -> list[dict[str, Any]]:
    """The components with the running numbers that Discord gives to those that came without an `id`."""
    counter = iter(range(1, 10_000))

    def number(component: Mapping[str, object]) -> dict[str, Any]:
        whole: dict[str, Any] = {"id": next(counter), **component}
        if "components" in whole:
            whole["components"] = [number(as_object(child)) for child in as_list(whole["components"])]
        for key in ("accessory", "component"):
            if key in whole:
                whole[key] = number(as_object(whole[key]))
        return whole

    return [number(as_object(component)) for component in as_list(components)]


class _ByType:
    """Applies the check that belongs to a component's type; a type that may not stand here is a mistake."""

    def __init__(self, checks: Mapping[int, Check]) -> None:
        self._checks = checks

    def __call__(self, value: object, path: Path, mistakes: Mistakes) -> None:
        kind = as_object(value).get("type")
        if not isinstance(kind, int) or kind not in self._checks:
            listed = ", ".join(str(known) for known in self._checks)
            mistakes.add((*path, "type"), "UNION_TYPE_CHOICES", f'Value of field "type" must be one of ({listed}).')
        else:
            self._checks[kind](value, path, mistakes)


def _row(value: object, path: Path, mistakes: Mistakes) -> None:
    children = as_object(value).get("components")
    inner = _ByType({BUTTON: _BUTTON, **dict.fromkeys(SELECTS, _SELECT)})
    Shape(
        fields={"components": Listing(item=inner, most=BUTTONS_PER_ROW, least=1)}, required=frozenset({"components"})
    )(value, path, mistakes)
    kinds = [as_object(child).get("type") for child in as_list(children)]
    if any(kind in SELECTS for kind in kinds) and len(kinds) > 1:
        mistakes.add(
            (*path, "components"),
            "COMPONENT_LAYOUT_WIDTH_EXCEEDED",
            "The specified component exceeds the maximum width",
        )


def _input_row(value: object, path: Path, mistakes: Mistakes) -> None:
    Shape(
        fields={"components": Listing(item=_ByType({TEXT_INPUT: _TEXT_INPUT}), most=1, least=1)},
        required=frozenset({"components"}),
    )(value, path, mistakes)


def _button_rule(button: Mapping[str, object], path: Path, mistakes: Mistakes) -> None:
    style = button.get("style")
    needed = {LINK_STYLE: "url", PREMIUM_STYLE: "sku_id"}.get(style if isinstance(style, int) else 0, "custom_id")
    if needed not in button:
        mistakes.add((*path, needed), "BASE_TYPE_REQUIRED", "This field is required")
    if needed != "custom_id" and "custom_id" in button:
        mistakes.add(
            path, "BUTTON_COMPONENT_CUSTOM_ID_URL_MUTUALLY_EXCLUSIVE", "A custom id and url cannot both be specified"
        )
    if needed != "sku_id" and not button.get("label") and not button.get("emoji"):
        mistakes.add(path, "BUTTON_COMPONENT_LABEL_OR_EMOJI_REQUIRED", "A label or an emoji is required")


def _select_rule(select: Mapping[str, object], path: Path, mistakes: Mistakes) -> None:
    if select.get("type") != STRING_SELECT:
        return
    options = as_list(select.get("options"))
    if not options:
        mistakes.add((*path, "options"), "BASE_TYPE_REQUIRED", "This field is required")
    values = [as_object(option).get("value") for option in options]
    if len(set(values)) < len(values):
        mistakes.add(
            (*path, "options"), "SELECT_COMPONENT_OPTION_VALUE_DUPLICATED", "The specified option value is already used"
        )


def _check_custom_ids(value: object, path: Path, mistakes: Mistakes) -> None:
    seen = [component["custom_id"] for component in walk(value) if isinstance(component.get("custom_id"), str)]
    if len(set(seen)) < len(seen):
        mistakes.add(path, "COMPONENT_CUSTOM_ID_DUPLICATED", "Component custom id cannot be duplicated")


def require_attached(components: object, filenames: set[str]) -> None:
    """Refuse `attachment://` addresses that name no file of the message.

    Raises:
        ApiError: 400/50035.
    """
    for component in walk(components):
        media = [as_object(item).get("media") for item in as_list(component.get("items"))]
        for item in [component.get("file"), component.get("media"), *media]:
            url = as_object(item).get("url")
            if isinstance(url, str) and url.startswith("attachment://") and url[13:] not in filenames:
                raise ApiError(Refusal.INVALID_FORM_BODY, {"components": {"_errors": [_UNRESOLVED]}})


_UNRESOLVED: Final = {"code": "ATTACHMENT_NOT_FOUND", "message": "The referenced attachment was not found"}
_EMOJI: Final = Shape(fields={"name": OrNull(Text(most=100)), "id": anything, "animated": flag})
_BUTTON: Final = Shape(
    fields={
        "style": Number(least=1, most=6),
        "label": OrNull(Text(most=80)),
        "emoji": OrNull(_EMOJI),
        "custom_id": CUSTOM_ID,
        "url": OrNull(Text(most=512)),
        "disabled": flag,
    },
    required=frozenset({"style"}),
    rule=_button_rule,
)
_OPTION: Final = Shape(
    fields={
        "label": Text(most=100, least=1),
        "value": Text(most=100, least=1),
        "description": OrNull(Text(most=100)),
        "emoji": OrNull(_EMOJI),
        "default": flag,
    },
    required=frozenset({"label", "value"}),
)
_SELECT: Final = Shape(
    fields={
        "custom_id": CUSTOM_ID,
        "options": Listing(item=_OPTION, most=25),
        "placeholder": OrNull(Text(most=150)),
        "min_values": OrNull(Number(least=0, most=25)),
        "max_values": OrNull(Number(least=1, most=25)),
        "disabled": flag,
    },
    required=frozenset({"custom_id"}),
    rule=_select_rule,
)
_TEXT_INPUT: Final = Shape(
    fields={
        "custom_id": CUSTOM_ID,
        "style": OneOf((1, 2)),
        "label": OrNull(Text(most=45)),
        "min_length": OrNull(Number(least=0, most=4000)),
        "max_length": OrNull(Number(least=1, most=4000)),
        "required": flag,
        "value": OrNull(Text(most=4000)),
        "placeholder": OrNull(Text(most=100)),
    },
    required=frozenset({"custom_id", "style"}),
)
_FILE_UPLOAD: Final = Shape(
    fields={"custom_id": CUSTOM_ID, "min_values": Number(least=0, most=10), "max_values": Number(least=1, most=10)},
    required=frozenset({"custom_id"}),
)
_TEXT_DISPLAY: Final = Shape(fields={"content": Text(most=4000, least=1)}, required=frozenset({"content"}))
_LABEL: Final = Shape(
    fields={
        "label": Text(most=45, least=1),
        "description": OrNull(Text(most=100)),
        "component": _ByType({TEXT_INPUT: _TEXT_INPUT, FILE_UPLOAD: _FILE_UPLOAD, **dict.fromkeys(SELECTS, _SELECT)}),
    },
    required=frozenset({"label", "component"}),
)
_THUMBNAIL: Final = Shape(fields={"media": MEDIA}, required=frozenset({"media"}))
_SECTION: Final = Shape(
    fields={
        "components": Listing(item=_ByType({TEXT_DISPLAY: _TEXT_DISPLAY}), most=3, least=1),
        "accessory": _ByType({BUTTON: _BUTTON, THUMBNAIL: _THUMBNAIL}),
    },
    required=frozenset({"components", "accessory"}),
)
_GALLERY: Final = Shape(
    fields={"items": Listing(item=Shape(fields={"media": MEDIA}, required=frozenset({"media"})), most=10, least=1)},
    required=frozenset({"items"}),
)
_FILE: Final = Shape(fields={"file": MEDIA}, required=frozenset({"file"}))
_V2_INNER: Final[Mapping[int, Check]] = {
    SECTION: _SECTION,
    TEXT_DISPLAY: _TEXT_DISPLAY,
    MEDIA_GALLERY: _GALLERY,
    FILE: _FILE,
    SEPARATOR: Shape(fields={}),
}
_V2_TOP: Final[Mapping[int, Check]] = {
    **_V2_INNER,
    CONTAINER: Shape(
        fields={"components": Listing(item=_ByType({ROW: _row, **_V2_INNER}), most=MOST_COMPONENTS, least=1)},
        required=frozenset({"components"}),
    ),
}
