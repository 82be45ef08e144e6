"""The settings, the file they stand in, and the folder where the bot keeps everything. Pure: facts in, findings out."""

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ops.doctor.findings import Finding, good, poor, wrong
from services.errors import ConfigurationError
from services.settings import Settings

OTHERS: Final = 0o077
"""Every right of the group and of everybody else."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EnvFile:
    """The file of the settings; `mode` is None where there is none."""

    path: Path
    mode: int | None = None
    misspelt: Sequence[str] = ()
    """Names in it that are no setting and look like one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DataFolder:
    """The folder of the database and the clips; `mode` is None where there is none yet."""

    path: Path
    mode: int | None = None
    is_writable: bool = False
    free: int | None = None
    """Bytes on its disk, or on the disk where it will be; None where that could not be asked."""


def settings(read: Settings | ConfigurationError) -> Finding:
    """Judge whether the bot could begin at all."""
    if isinstance(read, ConfigurationError):
        says = f"{len(read.problems)} to put right: {'; '.join(read.problems)}"
        return wrong("settings", says, fix="Correct them in .env, or run: uv run bot.py setup")
    return good("settings", "complete, and each within its bounds")


def env_file(found: EnvFile) -> Finding:
    """Judge who may read the secrets, and whether every line is a setting."""
    name = found.path.name
    if found.mode is None:
        return good("env file", f"there is no {name}: the settings come from the environment")
    if found.mode & OTHERS:
        says = f"{name} has the mode {found.mode:04o}: others on this machine may get at the secrets"
        return poor("env file", says, fix=f"chmod 600 {_quoted(found.path)}")
    if found.misspelt:
        says = f"{name} sets what is no setting: {', '.join(found.misspelt)}"
        return poor("env file", says, fix="Correct the spelling: .env.example has them all.")
    return good("env file", f"{name} is readable by its owner only")


def data_folder(found: DataFolder) -> Finding:
    """Judge who may read and write the data."""
    if found.mode is None:
        if not found.is_writable:
            fix = "Create it for the user that runs the bot, or let DATA_DIR name another folder."
            return wrong("data folder", f"{found.path} is not there, and cannot be made", fix=fix)
        return good("data folder", f"{found.path} is not there yet: the first start makes it")
    if not found.is_writable:
        fix = "Give the user that runs the bot the right to, or let DATA_DIR name another folder."
        return wrong("data folder", f"{found.path} may not be written", fix=fix)
    if found.mode & OTHERS:
        says = f"{found.path} has the mode {found.mode:04o}: others on this machine may look in"
        return poor("data folder", says, fix=f"chmod 700 {_quoted(found.path)}")
    return good("data folder", f"{found.path} is its owner's only")


def _quoted(path: Path) -> str:
    return shlex.quote(str(path))
