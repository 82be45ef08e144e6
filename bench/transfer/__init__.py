"""What a large clip adds to the bot's own memory on its way through: `uv run python -m bench.transfer`."""
