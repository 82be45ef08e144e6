"""Measurements, each one command and each a ratio measured side by side in one run."""
