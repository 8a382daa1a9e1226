"""Prints the verdict."""

from collections.abc import Mapping
from typing import Literal

from rich import box
from rich.console import Console
from rich.table import Table

from tests.policy.report import Report
from tests.policy.rules import Exemption
from tests.policy.stacks import Stack
from tests.policy.verdict import Verdict

Kind = Literal["failed", "exception", "allowance"]

_RANKS: dict[Kind, int] = {"failed": 0, "exception": 1, "allowance": 2}


def show(console: Console, reports: Mapping[Stack, Report], verdict: Verdict) -> None:
    """Print the counts per stack, then every finding with its reason, then the unused exemptions."""
    console.print(_counts(reports, verdict))
    console.print(_findings(verdict))
    for key in verdict.unused:
        console.print(f"[red]Unused exemption[/]: {key} is no finding; remove it from exceptions.toml")


def _counts(reports: Mapping[Stack, Report], verdict: Verdict) -> Table:
    table = Table("Stack", box=box.SIMPLE_HEAD)
    for heading in ("Resources", "Passed", "Failed", "Exceptions", "Allowances"):
        table.add_column(heading, justify="right")
    for stack, report in reports.items():
        kinds = [_kind(exemption) for exemption in verdict.findings[stack].values()]
        counts = (report.scanned, report.passed, *(kinds.count(kind) for kind in _RANKS))
        table.add_row(stack, *map(str, counts), style="red" if "failed" in kinds else None)
    return table


def _findings(verdict: Verdict) -> Table:
    """One row for each check and verdict, with the resources and the stacks that it concerns."""
    rows: dict[tuple[Exemption | None, str, str], dict[str, list[Stack]]] = {}
    for stack, findings in verdict.findings.items():
        for finding, exemption in findings.items():
            resources = rows.setdefault((exemption, finding.check, finding.title), {})
            resources.setdefault(str(finding.resource), []).append(stack)
    table = Table("Finding", box=box.SIMPLE_HEAD, show_lines=True)
    table.add_column("Verdict", overflow="fold")
    for (exemption, check, title), resources in sorted(
        rows.items(), key=lambda row: _RANKS[_kind(row[0][0])]
    ):
        places = (f"{resource} ({', '.join(stacks)})" for resource, stacks in resources.items())
        table.add_row(
            "\n".join((f"[bold]{check}[/] {title}", *places)),
            f"{exemption.kind}: {exemption.reason}" if exemption else "[red]FAILED[/]",
        )
    return table


def _kind(exemption: Exemption | None) -> Kind:
    return exemption.kind if exemption else "failed"
