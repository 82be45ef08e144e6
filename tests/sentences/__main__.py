"""Prints every sentence, grouped by where it comes from: `python -m tests.sentences`, or `… de` in German."""

import sys

from cogs.languages import language_of, reading


def main() -> None:
    """Print the catalogue."""
    code = sys.argv[1] if len(sys.argv) > 1 else None
    with reading(language_of(code)):
        # Deferred: the samples are said as they are imported.
        from tests.sentences.catalogue import sentences  # noqa: PLC0415  # see above

        said = sentences()
    room = ""
    for name, texts in said.items():
        if name.partition(".")[0] != room and not name.startswith("/"):
            room = name.partition(".")[0]
            sys.stdout.write(f"\n==== {room} ====\n")
        sys.stdout.write(f"\n{name}\n")
        for text in texts:
            sys.stdout.write("  " + text.replace("\n", "\n  ") + "\n\n" if "\n" in text else f"  {text}\n")


if __name__ == "__main__":
    main()
