"""Reads checkov's report of a stack, and rejects a report that shows signs of an incomplete scan."""

import json
from dataclasses import dataclass

from tests.policy.stacks import Document

# checkov 3.3.30 has checks for about 60% of the resources of each stack.
MIN_SHARE_SCANNED = 0.5


class ScanError(Exception):
    """The scan is incomplete or its output is unusable; the message says why."""


@dataclass(frozen=True)
class Resource:
    """A resource by its type and its construct path below the stack."""

    type: str
    path: str

    def __str__(self) -> str:
        return f"{self.type} {self.path}"


@dataclass(frozen=True)
class Finding:
    """A check that failed for a resource."""

    check: str
    title: str
    resource: Resource


@dataclass(frozen=True)
class Report:
    """The result of one stack's scan: resources scanned, checks passed, and the distinct findings."""

    scanned: int
    passed: int
    findings: tuple[Finding, ...]


def read_report(output: str, document: Document) -> Report:
    """Parse checkov's JSON output for a stack's document.

    Raises `ScanError` if the output is not a report, if a file could not be parsed, if a check was skipped by
    a comment, if the report contains a resource that the stack does not have, or if it covers less than
    `MIN_SHARE_SCANNED` of the stack's resources.
    """
    try:
        report = json.loads(output)
        summary, results = report["summary"], report["results"]
        passed, failed = results["passed_checks"], results["failed_checks"]
    except (ValueError, KeyError, TypeError) as error:
        # If checkov finds no file to scan, it prints only a summary without failures.
        raise ScanError(f"checkov's output is not a scan report: {output[:300]!r}") from error
    if summary["parsing_errors"]:
        raise ScanError(f"checkov could not parse {', '.join(results['parsing_errors'])}")
    if summary["skipped"]:
        raise ScanError(
            f"{summary['skipped']} checks were skipped; declare exceptions in exceptions.toml instead"
        )

    resources = _resources(document)
    records = [record for record in (*passed, *failed) if not record["resource"].startswith("provider.")]
    names = {_name(record["resource"]) for record in records}
    if unknown := names - resources.keys():
        raise ScanError(
            f"checkov reports resources that the stack does not have: {', '.join(sorted(unknown))}"
        )
    if len(names) < MIN_SHARE_SCANNED * len(resources):
        raise ScanError(f"checkov scanned only {len(names)} of {len(resources)} resources")
    findings = {
        Finding(record["check_id"], record["check_name"], resources[_name(record["resource"])])
        for record in failed
    }
    return Report(
        scanned=len(names),
        passed=len(passed),
        findings=tuple(sorted(findings, key=lambda finding: (finding.check, str(finding.resource)))),
    )


def _resources(document: Document) -> dict[str, Resource]:
    """The stack's resources by name, which is unique across types in CDKTF's output."""
    return {
        name: Resource(type_, resource["//"]["metadata"]["path"].partition("/")[2])
        for type_, resources in document["resource"].items()
        for name, resource in resources.items()
    }


def _name(address: str) -> str:
    """The name in `<type>.<name>`; checkov sometimes prints "resource" instead of the type."""
    return address.partition(".")[2]
