"""Compares the findings with the exemptions."""

from collections.abc import Mapping
from dataclasses import dataclass

from tests.policy.report import Finding, Report
from tests.policy.rules import Exemption, FindingKey, Rules
from tests.policy.stacks import Stack


@dataclass(frozen=True)
class Verdict:
    """Every finding with its exemption, or None if it fails, and the exemptions that match no finding."""

    findings: Mapping[Stack, Mapping[Finding, Exemption | None]]
    unused: tuple[FindingKey, ...]

    @property
    def passed(self) -> bool:
        """Whether every finding is exempt and every exemption is used."""
        return not self.unused and all(
            exemption for findings in self.findings.values() for exemption in findings.values()
        )


def judge(reports: Mapping[Stack, Report], rules: Rules) -> Verdict:
    """Match the findings of every stack with the rules."""
    exemptions = dict(rules.exemptions())
    findings = {
        stack: {
            finding: exemptions.get(FindingKey(finding.check, finding.resource, stack))
            for finding in report.findings
        }
        for stack, report in reports.items()
    }
    found = {
        FindingKey(finding.check, finding.resource, stack)
        for stack, report in reports.items()
        for finding in report.findings
    }
    return Verdict(findings, unused=tuple(key for key in exemptions if key not in found))
