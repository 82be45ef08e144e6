"""How well clips are made to fit, measured with real encodes: `uv run python -m bench.media`."""
