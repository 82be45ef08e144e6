"""What it costs to look after running jobs, and how soon their end is seen: `uv run python -m bench.polling`."""
