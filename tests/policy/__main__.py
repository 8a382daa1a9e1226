"""`pipenv run policy`: runs checkov on the state stack and on every tested deployment.

Exits with 0 if every finding has an exemption and every exemption has a finding, and with 1 otherwise or if a
scan is incomplete.
"""

from constructs_lib.commands.failures import explain_failures

if __name__ == "__main__":
    explain_failures()  # before the first import that can fail or be interrupted

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
from tests.policy.stacks import SUFFIXES, Stack, synthesize_all
from tests.policy.table import show
from tests.policy.verdict import judge

_SUCCESS, _FAILURE, _INTERRUPTED = 0, 1, 130


def main() -> int:
    """Scan all stacks, print the results, and return the exit code."""
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
    console.print(f"Synthesizing the state stack and {', '.join(SUFFIXES)}")
    documents = synthesize_all(directory)
    reports: dict[Stack, Report] = {}
    for stack, document in documents.items():
        console.print(f"Scanning {stack}")
        scan_directory = directory / f"scan-{stack}"
        scan_directory.mkdir()
        reports[stack] = checkov.scan(document, scan_directory)
    verdict = judge(reports, rules)
    show(console, reports, verdict)
    if not verdict.passed:
        console.print("Policy: failed", style="red")
        return _FAILURE
    console.print(f"Policy: passed; {len(rules.exceptions)} exceptions")
    return _SUCCESS


if __name__ == "__main__":
    sys.exit(main())
