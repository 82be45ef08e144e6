"""How many steps several workers take together: `uv run python -m bench.claim`."""
