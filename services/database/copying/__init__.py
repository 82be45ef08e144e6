"""Moves all that a bot stored from one database to another, whichever engines stand behind them.

Every table of the schema is copied, and afterwards compared row by row, in one transaction on the target: a run that is
interrupted leaves nothing behind. What stands in the source is never changed.
"""

from services.database.copying.course import Copied, copy
from services.database.copying.values import CopyRefusedError, Progress, Refusal, Stage

__all__ = ["Copied", "CopyRefusedError", "Progress", "Refusal", "Stage", "copy"]
