"""Who may spend how much: rules, budgets, what an ended job weighs, what servers chose, and who changed it."""

from services.limits.audit import AuditEntry
from services.limits.book import Budget, Budgets, LimitBook
from services.limits.notices import Notice, NoticeBook, NoticeKind
from services.limits.rules import Allowance, BotLimits, Limit, LimitEntry, Wish
from services.limits.servers import Pause, PauseReason, ServerBook, ServerChoices
from services.limits.settlement import Settlement, settle

__all__ = [
    "Allowance",
    "AuditEntry",
    "BotLimits",
    "Budget",
    "Budgets",
    "Limit",
    "LimitBook",
    "LimitEntry",
    "Notice",
    "NoticeBook",
    "NoticeKind",
    "Pause",
    "PauseReason",
    "ServerBook",
    "ServerChoices",
    "Settlement",
    "Wish",
    "settle",
]
