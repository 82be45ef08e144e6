"""Discord's own description of its REST API, and whether a request that was logged fits it."""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final, cast

from jsonschema import Draft202012Validator

from sandbox.discord.log import RequestRecord

PREFIX: Final = "/api/v10"
Json = dict[str, Any]


class Description:
    """The operations of an OpenAPI 3.1 document, by method and path."""

    def __init__(self, file: Path) -> None:
        self._document: Json = json.loads(file.read_text(encoding="utf-8"))
        self._paths = [(_pattern(path), path) for path in self._document["paths"]]

    def complaints(self, record: RequestRecord) -> Iterator[str]:
        """Yield what the description has against a request: no such operation, or a body that does not fit."""
        path = record.path.removeprefix(PREFIX).partition("?")[0]
        operation = self._operation(record.method, path)
        if operation is None:
            yield f"{record.route}: no such operation"
            return
        schema = self._body_schema(operation)
        if schema is None:
            if record.body is not None:
                yield f"{record.route}: takes no body"
            return
        # References point into the whole document, so the schema is checked as a part of it.
        validator: Any = Draft202012Validator({**schema, "components": self._document["components"]})
        for error in validator.iter_errors(ids_as_strings(record.body)):
            yield f"{record.route}: {error.json_path}: {error.message[:300]}"

    def _operation(self, method: str, path: str) -> Json | None:
        """Find the operation; of several that fit, the one with the fewest holes."""
        fitting = [template for pattern, template in self._paths if pattern.fullmatch(path)]
        for template in sorted(fitting, key=lambda each: each.count("{")):
            operations: Json = self._document["paths"][template]
            if method.lower() in operations:
                return cast("Json", operations[method.lower()])
        return None

    @staticmethod
    def _body_schema(operation: Json) -> Json | None:
        content: Json = operation.get("requestBody", {}).get("content", {})
        if "application/json" not in content:
            return None
        return cast("Json", content["application/json"]["schema"])


def ids_as_strings(value: object) -> object:
    """Return a body with its ids as strings, as the description has them.

    discord.py sends the ids of attachments, of allowed mentions and of references as numbers, and Discord takes both.
    """
    match value:
        case dict():
            body = cast("Mapping[str, object]", value)
            return {name: _as_string(name, ids_as_strings(part)) for name, part in body.items()}
        case list():
            return [ids_as_strings(part) for part in cast("list[object]", value)]
        case _:
            return value


def _as_string(name: str, value: object) -> object:
    if name in {"users", "roles"} and isinstance(value, list):
        return [str(part) for part in cast("list[object]", value)]
    is_id = (name == "id" or name.endswith("_id")) and isinstance(value, int)
    return str(value) if is_id else value


def _pattern(template: str) -> re.Pattern[str]:
    parts = re.split(r"\{[^}]+\}", template)
    return re.compile("[^/]+".join(map(re.escape, parts)))
