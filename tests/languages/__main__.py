"""Brings every catalogue in step with the source, and says what is left to translate: `python -m tests.languages`."""

import asyncio
import sys

from tests.languages.catalogues import NAMES, forms_of, in_step, messages, read, write
from tests.languages.collecting import command_texts, sentences


def main() -> None:
    """Update the catalogues."""
    sources = [*asyncio.run(command_texts()), *sentences()]
    for name in NAMES:
        catalogue = in_step(read(name), sources)
        write(name, catalogue)
        all_of_them = list(messages(catalogue))
        missing = sum(1 for message in all_of_them if not all(forms_of(message)))
        sys.stdout.write(f"{name}: {len(all_of_them)} messages, {missing} to translate\n")


if __name__ == "__main__":
    main()
