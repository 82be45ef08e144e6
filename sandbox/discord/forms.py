"""Checks of request bodies that answer as Discord does: every mistake at its place in one tree, code 50035.

A form is built from small checks (`Text`, `Number`, `Listing`, `Shape` …). Unknown fields are ignored, because Discord
ignores them. Codes and words of the mistakes are Discord's own.
"""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol, TypeAlias, cast

from sandbox.discord.errors import ApiError, Refusal

Path: TypeAlias = tuple[str | int, ...]
SNOWFLAKE: Final = re.compile(r"\d{1,20}")


class Mistakes:
    """Collects what is wrong with a body, and where."""

    def __init__(self) -> None:
        self._tree: dict[str, Any] = {}

    def add(self, path: Path, code: str, message: str) -> None:
        """Note one mistake at a path of field names and indexes."""
        node = self._tree
        for part in path:
            node = node.setdefault(str(part), {})
        node.setdefault("_errors", []).append({"code": code, "message": message})

    def raise_if_any(self) -> None:
        """Refuse the body if a mistake was noted.

        Raises:
            ApiError: 400/50035 with the tree.
        """
        if self._tree:
            raise ApiError(Refusal.INVALID_FORM_BODY, self._tree)


class Check(Protocol):
    """Looks at one value and notes what is wrong with it."""

    def __call__(self, value: object, path: Path, mistakes: Mistakes) -> None:
        """Note mistakes of `value` under `path`."""
        ...


def require(check: Check, body: object) -> None:
    """Apply a check to a whole body.

    Raises:
        ApiError: 400/50035 where anything is wrong.
    """
    mistakes = Mistakes()
    check(body, (), mistakes)
    mistakes.raise_if_any()


def as_object(value: object) -> Mapping[str, object]:
    """The value as a JSON object; empty where it is none."""
    return cast("Mapping[str, object]", value) if isinstance(value, Mapping) else {}


def as_list(value: object) -> Sequence[object]:
    """The value as a JSON array; empty where it is none."""
    return cast("Sequence[object]", value) if isinstance(value, list | tuple) else ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """A string of a length between `least` and `most`, matching `pattern` where there is one."""

    most: int
    least: int = 0
    pattern: re.Pattern[str] | None = None

    def __call__(self, value: object, path: Path, mistakes: Mistakes) -> None:
        """Note a value that is no string, too short, too long or of the wrong form."""
        if not isinstance(value, str):
            mistakes.add(path, "STRING_TYPE_CONVERT", "Could not interpret as string.")
        elif len(value) > self.most and self.least:
            mistakes.add(path, "BASE_TYPE_BAD_LENGTH", f"Must be between {self.least} and {self.most} in length.")
        elif len(value) > self.most:
            mistakes.add(path, "BASE_TYPE_MAX_LENGTH", f"Must be {self.most} or fewer in length.")
        elif len(value) < self.least:
            mistakes.add(path, "BASE_TYPE_BAD_LENGTH", f"Must be between {self.least} and {self.most} in length.")
        elif self.pattern and not self.pattern.fullmatch(value):
            mistakes.add(path, "STRING_TYPE_REGEX", "String value did not match validation regex.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Number:
    """A number between two bounds; `whole` refuses fractions."""

    least: float
    most: float
    whole: bool = True

    def __call__(self, value: object, path: Path, mistakes: Mistakes) -> None:
        """Note a value that is no such number."""
        if isinstance(value, bool) or not isinstance(value, int if self.whole else (int, float)):
            kind = "int" if self.whole else "float"
            mistakes.add(path, "NUMBER_TYPE_COERCE", f'Value "{value}" is not {kind}.')
        elif value < self.least:
            mistakes.add(
                path, "NUMBER_TYPE_MIN", f"{kind_of(self)} value should be greater than or equal to {self.least}."
            )
        elif value > self.most:
            mistakes.add(path, "NUMBER_TYPE_MAX", f"{kind_of(self)} value should be less than or equal to {self.most}.")


def kind_of(number: Number) -> str:
    """The word for a number in Discord's messages."""
    return "int" if number.whole else "float"


def flag(value: object, path: Path, mistakes: Mistakes) -> None:
    """Note a value that is not true or false."""
    if not isinstance(value, bool):
        mistakes.add(path, "BOOLEAN_TYPE_CONVERT", "Must be either true or false.")


def snowflake(value: object, path: Path, mistakes: Mistakes) -> None:
    """Note a value that is no id, neither as a string nor as a number."""
    if isinstance(value, bool) or not isinstance(value, int | str) or not SNOWFLAKE.fullmatch(str(value)):
        mistakes.add(path, "NUMBER_TYPE_COERCE", f'Value "{value}" is not snowflake.')


def anything(value: object, path: Path, mistakes: Mistakes) -> None:
    """Accept whatever it is: a field that the stand-in carries along and does not read."""
    del value, path, mistakes


@dataclass(frozen=True, slots=True)
class OneOf:
    """One of the listed values."""

    choices: Collection[object]

    def __call__(self, value: object, path: Path, mistakes: Mistakes) -> None:
        """Note a value that is not listed."""
        if isinstance(value, bool) or not isinstance(value, int | str) or value not in self.choices:
            listed = ", ".join(f"{choice!r}" for choice in self.choices)
            mistakes.add(path, "BASE_TYPE_CHOICES", f"Value must be one of {{{listed}}}.")


@dataclass(frozen=True, slots=True)
class OrNull:
    """Null, or what the inner check accepts."""

    check: Check

    def __call__(self, value: object, path: Path, mistakes: Mistakes) -> None:
        """Apply the inner check to anything but null."""
        if value is not None:
            self.check(value, path, mistakes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """An array of between `least` and `most` items."""

    item: Check
    most: int
    least: int = 0

    def __call__(self, value: object, path: Path, mistakes: Mistakes) -> None:
        """Note a value that is no array or of a wrong length, and the mistakes of its items."""
        if not isinstance(value, list):
            mistakes.add(path, "LIST_TYPE_CONVERT", "Only iterables may be used in a ListType.")
            return
        items = as_list(cast("object", value))
        if not self.least <= len(items) <= self.most:
            mistakes.add(path, "BASE_TYPE_BAD_LENGTH", f"Must be between {self.least} and {self.most} in length.")
        for index, item in enumerate(items):
            self.item(item, (*path, index), mistakes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """An object with these fields; others are ignored. `rule` looks at the whole when its fields are in order."""

    fields: Mapping[str, Check]
    required: frozenset[str] = frozenset()
    rule: Callable[[Mapping[str, object], Path, Mistakes], None] | None = None

    def __call__(self, value: object, path: Path, mistakes: Mistakes) -> None:
        """Note a value that is no object, what is missing in it, and the mistakes of its fields."""
        if not isinstance(value, Mapping):
            mistakes.add(path, "MODEL_TYPE_CONVERT", "Only dictionaries may be used in a ModelType.")
            return
        given = as_object(cast("object", value))
        for name in sorted(self.required - given.keys()):
            mistakes.add((*path, name), "BASE_TYPE_REQUIRED", "This field is required")
        for name, check in self.fields.items():
            if name in given:
                check(given[name], (*path, name), mistakes)
        if self.rule is not None:
            self.rule(given, path, mistakes)
