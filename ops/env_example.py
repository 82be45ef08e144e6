"""Writes `.env.example` from the settings: `uv run python -m ops.env_example > .env.example`.

One source for both keeps the file true; a test compares them.
"""

import sys

from pydantic.fields import FieldInfo

from services.settings import Settings

HEADING = """\
# The settings of the bot. Copy this file to .env and fill in the two secrets; everything else may stay as it is.
# A line that begins with # is not read: remove the # to change a default.
# Keep .env to yourself: chmod 600 .env
"""


def rendered() -> str:
    """Return what `.env.example` should hold."""
    return HEADING + "".join(_entry(name, field) for name, field in Settings.model_fields.items())


def _entry(name: str, field: FieldInfo) -> str:
    if field.is_required():
        return f"\n# {field.description}\n{name.upper()}=\n"
    return f"\n# {field.description}\n#{name.upper()}={written_default(field)}\n"


def written_default(field: FieldInfo) -> str:
    """Return a setting's default as it is written in `.env`."""
    default = field.default
    if default is None or default == frozenset():
        return ""
    return str(default).lower() if isinstance(default, bool) else str(default)


if __name__ == "__main__":
    sys.stdout.write(rendered())
