"""What an ended job weighs: on its member's count and on the owner's money; pure."""

from dataclasses import dataclass

from services.models import FailureReason, JobState


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """What an ended job weighs: on the member's count, and on the owner's money in micro-dollars."""

    counts: bool
    held_microusd: int


def settle(
    *,
    state: JobState,
    reason: FailureReason | None,
    reserved_microusd: int,
    cost_microusd: int | None,
    was_sent: bool = True,
) -> Settlement:
    """Decide what stays of a reservation. A cost that was billed always weighs in full, whatever was reserved.

    A job that ends while it waits was not sent, or came back because it had bought nothing: it frees its money.
    """
    match state:
        case JobState.DELIVERED:
            return Settlement(counts=True, held_microusd=_or_else(cost_microusd, reserved_microusd))
        case JobState.FAILED if reason is not None:
            expected = reserved_microusd if reason.keeps_money_held and was_sent else 0
            return Settlement(counts=reason.counts_for_member, held_microusd=_or_else(cost_microusd, expected))
        case JobState.CANCELLED:
            return Settlement(counts=False, held_microusd=0)
        case _:
            return Settlement(counts=True, held_microusd=max(reserved_microusd, cost_microusd or 0))


def _or_else(cost: int | None, expected: int) -> int:
    return expected if cost is None else cost
