"""What a check returns: findings, or the reason why it could not tell."""

from collections.abc import Iterator
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Finding:
    """What is wrong, and the command or the step that mends it."""

    problem: str
    remedy: str

    def __str__(self) -> str:
        return _one_line(f"{self.problem}: {self.remedy}")


class UnknownError(Exception):
    """A check could not tell; the message says why, such as which permission is missing."""


class NotAllowedError(UnknownError):
    """The caller is not allowed to look."""


@dataclass
class Report:
    """All findings, and a line for each check that could not tell."""

    findings: list[Finding] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)

    def collect(self, subject: str, found: Iterator[Finding]) -> None:
        """Add what a check finds; if it cannot go on, what it has found so far counts."""
        try:
            for finding in found:
                if finding not in self.findings:
                    self.findings.append(finding)
        except UnknownError as error:
            self.unknown.append(_one_line(f"could not be told: {subject}: {error}"))

    @property
    def lines(self) -> list[str]:
        """The findings first."""
        return [*map(str, self.findings), *self.unknown]


def _one_line(text: str) -> str:
    return " ".join(text.split())
