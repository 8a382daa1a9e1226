"""The verdict, as it is printed."""

from collections.abc import Mapping

from rich import box
from rich.console import Console
from rich.table import Table

from tests.policy.report import Finding, Report
from tests.policy.rules import Excuse
from tests.policy.stacks import Stack
from tests.policy.verdict import Verdict


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
        excuses = list(verdict.findings[stack].values())
        kinds = [excuse.kind if excuse else None for excuse in excuses]
        figures = (
            report.scanned,
            report.passed,
            *(kinds.count(kind) for kind in (None, "exception", "allowance")),
        )
        table.add_row(stack, *map(str, figures), style="red" if None in kinds else None)
    return table


def _findings(verdict: Verdict) -> Table:
    stacks: dict[tuple[Finding, Excuse | None], list[Stack]] = {}
    for stack, findings in verdict.findings.items():
        for finding, excuse in findings.items():
            stacks.setdefault((finding, excuse), []).append(stack)
    table = Table("Finding", "Verdict", box=box.SIMPLE_HEAD, show_lines=True)
    for (finding, excuse), where in sorted(stacks.items(), key=lambda each: _order(*each[0])):
        table.add_row(
            f"[bold]{finding.check}[/] {finding.title}\n{finding.resource}\n{', '.join(where)}",
            f"{excuse.kind}: {excuse.reason}" if excuse else "[red]FAILED[/]",
        )
    return table


def _order(finding: Finding, excuse: Excuse | None) -> tuple[int, str, str]:
    """What fails first, then exceptions, then allowances."""
    rank = 0 if excuse is None else {"exception": 1, "allowance": 2}[excuse.kind]
    return rank, finding.check, str(finding.resource)
