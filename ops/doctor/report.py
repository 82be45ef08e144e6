"""The findings as people read them, and as programs do. Neither ever shows a secret."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import typer

from ops.doctor.findings import Finding, Status, exit_code
from ops.logs import MASK, PATTERNS
from services.openrouter.redaction import one_line

VERSION: Final = 1
"""Of the JSON object. It changes when a field is removed or means something else."""
COLOURS: Final[Mapping[Status, str]] = {
    Status.OK: typer.colors.GREEN,
    Status.WARN: typer.colors.YELLOW,
    Status.FAIL: typer.colors.RED,
    Status.SKIP: typer.colors.BRIGHT_BLACK,
}


def discreet(findings: Iterable[Finding], *, secrets: Sequence[str]) -> Sequence[Finding]:
    """Return the findings fit to be shown to anybody: each one line, without secrets or what could move a cursor."""

    def clean(text: str) -> str:
        line = one_line(text)
        for secret in secrets:
            line = line.replace(secret, MASK)
        return PATTERNS.sub(MASK, line)

    return [
        Finding(
            check=each.check,
            status=each.status,
            says=clean(each.says),
            fix=None if each.fix is None else clean(each.fix),
            is_configuration=each.is_configuration,
        )
        for each in findings
    ]


def as_text(findings: Sequence[Finding]) -> str:
    """Return one line for each check, with its fix, and a line that sums up."""
    width = max(len(finding.check) for finding in findings)
    return "\n".join([*(_line(finding, width) for finding in findings), "", _sum(findings)])


def _line(finding: Finding, width: int) -> str:
    fix = "" if finding.fix is None else f". Fix: {finding.fix}"
    return f"{_status(finding)}  {finding.check:<{width}}  {finding.says}{fix}"


def inline(finding: Finding) -> str:
    """Return one finding within a conversation, where it is clear what was looked at; its fix is a line of its own."""
    fix = "" if finding.fix is None else f"\n{'':6}Fix: {finding.fix}"
    return f"{_status(finding)}  {finding.says}{fix}"


def _status(finding: Finding) -> str:
    return typer.style(f"{finding.status.upper():<4}", fg=COLOURS[finding.status])


def _sum(findings: Sequence[Finding]) -> str:
    count = {status: sum(finding.status is status for finding in findings) for status in Status}
    said = [f"{count[Status.OK]} well", f"{count[Status.WARN]} to look at", f"{count[Status.FAIL]} wrong"]
    if count[Status.SKIP]:
        said.append(f"{count[Status.SKIP]} not looked at")
    return ", ".join(said) + "."


def as_json(findings: Sequence[Finding]) -> str:
    """Return one JSON object: `version`, `exit_code`, and `checks` with `check`, `status`, `says` and `fix` each."""
    checks = [
        {"check": each.check, "status": each.status.value, "says": each.says, "fix": each.fix} for each in findings
    ]
    return json.dumps({"version": VERSION, "exit_code": exit_code(findings), "checks": checks}, indent=2)
