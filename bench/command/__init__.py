"""How long a member waits for the answer to `/video`: `uv run python -m bench.command`."""
