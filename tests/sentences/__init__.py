"""Every sentence that the bot can show, in one place: `python -m tests.sentences` prints them to be read aloud."""
