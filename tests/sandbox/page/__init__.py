"""The page without a browser: its guard, its stream, its verbs and its bot."""
