import pytest

from sandbox.openrouter.clock import Clock


class Wall:
    """A source of time that a test moves."""

    def __init__(self) -> None:
        self.time = 100.0

    def __call__(self) -> float:
        return self.time


def test_time_runs_at_its_speed_and_a_change_of_speed_is_no_jump() -> None:
    wall = Wall()
    clock = Clock(source=wall)
    seen: list[float] = []
    for speed in (1.0, 60.0, 0.0, 0.5):
        clock.run_at(speed)
        before = clock.now()
        wall.time += 10
        seen += [before, clock.now()]

    assert seen == [0, 10, 10, 610, 610, 610, 610, 615]


def test_time_can_jump_ahead_but_not_back() -> None:
    clock = Clock(speed=0)
    clock.advance(30)

    assert clock.now() == 30
    with pytest.raises(ValueError, match="0 seconds or more"):
        clock.advance(-1)


@pytest.mark.parametrize("speed", [-1.0, float("nan"), float("inf")])
def test_a_speed_that_is_none_is_refused(speed: float) -> None:
    with pytest.raises(ValueError, match="speed"):
        Clock().run_at(speed)
