"""How fast clips come and go, and what they add to memory, beside curl: `uv run python -m bench.transfer`."""
