"""What a waiting job adds to the bot's memory: `uv run python -m bench.memory`."""
