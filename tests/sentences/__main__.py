"""Prints every sentence, grouped by where it comes from: `python -m tests.sentences`."""

import sys

from tests.sentences.catalogue import sentences


def main() -> None:
    """Print the catalogue."""
    room = ""
    for name, texts in sentences().items():
        if name.partition(".")[0] != room and not name.startswith("/"):
            room = name.partition(".")[0]
            sys.stdout.write(f"\n==== {room} ====\n")
        sys.stdout.write(f"\n{name}\n")
        for text in texts:
            sys.stdout.write("  " + text.replace("\n", "\n  ") + "\n\n" if "\n" in text else f"  {text}\n")


if __name__ == "__main__":
    main()
