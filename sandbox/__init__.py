"""Stand-ins for OpenRouter and Discord on loopback: for the demo, the tests and the benchmarks, never in production."""
