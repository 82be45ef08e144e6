"""How long the bot takes until it answers, and what it then holds: `uv run python -m bench.start`."""
