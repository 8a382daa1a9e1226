"""Findings against exceptions."""

from collections.abc import Mapping
from dataclasses import dataclass

from tests.policy.report import Finding, Report
from tests.policy.rules import Claim, Excuse, Rules
from tests.policy.stacks import Stack


@dataclass(frozen=True)
class Verdict:
    """Every finding with its excuse (None: it fails), and what is excused though nothing fails there."""

    findings: Mapping[Stack, Mapping[Finding, Excuse | None]]
    stale: tuple[Claim, ...]

    @property
    def passed(self) -> bool:
        """Whether nothing fails and nothing is excused in vain."""
        return not self.stale and all(
            excuse for findings in self.findings.values() for excuse in findings.values()
        )


def judge(reports: Mapping[Stack, Report], rules: Rules) -> Verdict:
    """Hold the findings of every stack against the rules."""
    excuses = dict(rules.claims())
    findings = {
        stack: {
            finding: excuses.get(Claim(finding.check, finding.resource, stack)) for finding in report.findings
        }
        for stack, report in reports.items()
    }
    found = {
        Claim(finding.check, finding.resource, stack)
        for stack, report in reports.items()
        for finding in report.findings
    }
    return Verdict(findings, stale=tuple(claim for claim in excuses if claim not in found))
