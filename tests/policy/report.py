"""What checkov says of a stack, believed only if it can have read the whole of it."""

import json
from dataclasses import dataclass

from tests.policy.stacks import Document

# checkov 3.3.30 has a check for six in ten of the resources of every stack here.
LEAST_SHARE_SCANNED = 0.5


class ScanError(Exception):
    """The scan proves nothing; the message says why."""


@dataclass(frozen=True)
class Resource:
    """A resource by its type and its construct path below the stack: what a rename alone changes."""

    type: str
    path: str

    def __str__(self) -> str:
        return f"{self.type} {self.path}"


@dataclass(frozen=True)
class Finding:
    """A check that a resource fails."""

    check: str
    title: str
    resource: Resource


@dataclass(frozen=True)
class Report:
    """The outcome of one stack's scan: resources scanned, checks passed, and every finding once."""

    scanned: int
    passed: int
    findings: tuple[Finding, ...]


def read_report(output: str, document: Document) -> Report:
    """Read checkov's JSON output for a stack's document.

    Raises `ScanError` when the output is not a report, when something could not be parsed or was skipped by
    a comment, when it speaks of a resource that the stack does not have, and when less than
    `LEAST_SHARE_SCANNED` of the stack's resources appear in it.
    """
    try:
        report = json.loads(output)
        summary, results = report["summary"], report["results"]
        passed, failed = results["passed_checks"], results["failed_checks"]
    except (ValueError, KeyError, TypeError) as error:
        # checkov that has found no file to scan prints a bare summary with nothing failed.
        raise ScanError(f"checkov's output is not the report of a scan: {output[:300]!r}") from error
    if summary["parsing_errors"]:
        raise ScanError(f"checkov could not parse {', '.join(results['parsing_errors'])}")
    if summary["skipped"]:
        raise ScanError(
            f"{summary['skipped']} checks were skipped: exceptions stand in exceptions.toml alone"
        )

    resources = _resources(document)
    records = [record for record in (*passed, *failed) if not record["resource"].startswith("provider.")]
    names = {_name(record["resource"]) for record in records}
    if unknown := names - resources.keys():
        raise ScanError(f"checkov speaks of what the stack does not have: {', '.join(sorted(unknown))}")
    if len(names) < LEAST_SHARE_SCANNED * len(resources):
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
    """The stack's resources by name, which CDKTF makes unique across types."""
    return {
        name: Resource(type_, resource["//"]["metadata"]["path"].partition("/")[2])
        for type_, resources in document["resource"].items()
        for name, resource in resources.items()
    }


def _name(address: str) -> str:
    """The name in `<type>.<name>`: checkov writes "resource" for the type now and then."""
    return address.partition(".")[2]
