"""`pipenv run policy`: checkov on dev, staging, prod and the state stack.

Ends with 0 when every finding has its excuse and every excuse its finding, with 1 otherwise, also when a
stack could not be read whole.
"""

from constructs_lib.commands.failures import explain_failures

if __name__ == "__main__":
    explain_failures()  # before the imports that may not be installed, or take long enough for Ctrl-C

import os
import sys
import tempfile
from pathlib import Path

from rich.console import Console

from constructs_lib.commands.folders import check_temporary_folder
from tests.emulator.deployment import SynthesisError
from tests.emulator.processes import termination_as_interrupt
from tests.policy import checkov
from tests.policy.checkov import InstallationError
from tests.policy.report import Report, ScanError
from tests.policy.rules import EXCEPTIONS_FILE, Rules, RulesError, load_rules
from tests.policy.stacks import Stack, synthesize_all
from tests.policy.table import show
from tests.policy.verdict import judge

_SUCCESS, _FAILURE, _INTERRUPTED = 0, 1, 130


def main() -> int:
    """Scan, judge and print; returns the exit code."""
    check_temporary_folder(os.environ)
    console = Console()
    try:
        with termination_as_interrupt(), tempfile.TemporaryDirectory(prefix="policy-") as directory:
            return _run(console, load_rules(EXCEPTIONS_FILE.read_text(encoding="utf-8")), Path(directory))
    except (RulesError, SynthesisError, InstallationError, ScanError) as error:
        Console(stderr=True).print(str(error), style="red", markup=False, soft_wrap=True)
        return _FAILURE
    except KeyboardInterrupt:
        return _INTERRUPTED


def _run(console: Console, rules: Rules, directory: Path) -> int:
    checkov.install(console.print)
    console.print("Synthesizing dev, staging, prod and the state stack")
    documents = synthesize_all(directory)
    reports: dict[Stack, Report] = {}
    for stack, document in documents.items():
        console.print(f"Scanning {stack}")
        scanned = directory / f"scan-{stack}"
        scanned.mkdir()
        reports[stack] = checkov.scan(document, scanned)
    verdict = judge(reports, rules)
    show(console, reports, verdict)
    if not verdict.passed:
        console.print("Policy: failed", style="red")
        return _FAILURE
    console.print(f"Policy: nothing fails without a reason; {len(rules.exceptions)} exceptions")
    return _SUCCESS


if __name__ == "__main__":
    sys.exit(main())
