"""The product without Discord: what a video job is, what it may cost, and how it moves."""
