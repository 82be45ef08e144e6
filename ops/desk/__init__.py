"""The owner's desk in a shell: `bot.py jobs`, `bot.py job`, `bot.py costs` and `bot.py forget`, while the bot runs."""

from ops.desk.commands import register

__all__ = ["register"]
