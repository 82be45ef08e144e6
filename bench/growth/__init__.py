"""What a job costs with few and with many others in line: `uv run python -m bench.growth`."""
