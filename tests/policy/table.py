"""The verdict, as it is printed."""

from collections.abc import Mapping
from typing import Literal

from rich import box
from rich.console import Console
from rich.table import Table

from tests.policy.report import Report
from tests.policy.rules import Excuse
from tests.policy.stacks import Stack
from tests.policy.verdict import Verdict

Kind = Literal["failed", "exception", "allowance"]

_RANKS: dict[Kind, int] = {"failed": 0, "exception": 1, "allowance": 2}


def show(console: Console, reports: Mapping[Stack, Report], verdict: Verdict) -> None:
    """Figures per stack, then every finding with its reason, then what is excused in vain."""
    console.print(_figures(reports, verdict))
    console.print(_findings(verdict))
    for claim in verdict.stale:
        console.print(f"[red]Excused in vain[/]: {claim} passes or is gone; take it out of exceptions.toml")


def _figures(reports: Mapping[Stack, Report], verdict: Verdict) -> Table:
    table = Table("Stack", box=box.SIMPLE_HEAD)
    for heading in ("Resources", "Passed", "Failed", "Excepted", "Allowed"):
        table.add_column(heading, justify="right")
    for stack, report in reports.items():
        kinds = [_kind(excuse) for excuse in verdict.findings[stack].values()]
        figures = (report.scanned, report.passed, *(kinds.count(kind) for kind in _RANKS))
        table.add_row(stack, *map(str, figures), style="red" if "failed" in kinds else None)
    return table


def _findings(verdict: Verdict) -> Table:
    """One row for each check and verdict, with every resource that it is about and where."""
    rows: dict[tuple[Excuse | None, str, str], dict[str, list[Stack]]] = {}
    for stack, findings in verdict.findings.items():
        for finding, excuse in findings.items():
            resources = rows.setdefault((excuse, finding.check, finding.title), {})
            resources.setdefault(str(finding.resource), []).append(stack)
    table = Table("Finding", box=box.SIMPLE_HEAD, show_lines=True)
    table.add_column("Verdict", overflow="fold")
    for (excuse, check, title), resources in sorted(rows.items(), key=lambda row: _RANKS[_kind(row[0][0])]):
        places = (f"{resource} ({', '.join(stacks)})" for resource, stacks in resources.items())
        table.add_row(
            "\n".join((f"[bold]{check}[/] {title}", *places)),
            f"{excuse.kind}: {excuse.reason}" if excuse else "[red]FAILED[/]",
        )
    return table


def _kind(excuse: Excuse | None) -> Kind:
    return excuse.kind if excuse else "failed"
