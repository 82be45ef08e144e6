"""A signal that comes before there is anybody to hear it."""

import subprocess
import sys
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
EARLY: Final = """
import os, signal
from ops.signals import leave_on_sigterm

leave_on_sigterm()
os.kill(os.getpid(), signal.SIGTERM)
raise SystemExit(3)
"""


def test_a_stop_before_anything_was_begun_is_no_failure() -> None:
    assert subprocess.run([sys.executable, "-c", EARLY], cwd=ROOT, check=False).returncode == 0
