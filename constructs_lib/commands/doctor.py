"""`pipenv run doctor`: finds what would make a deployment fail, before it is tried.

It looks at the machine, the settings and the account, and changes nothing. Each line is a finding with the
command or step that mends it, or says what could not be told and why, such as which permission is missing.

Exits with 0 when nothing was found, with 2 when there are findings, and with 1 when there are none but
something could not be told.
"""

import json
import os
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from constructs_lib.commands import terraform
from constructs_lib.commands.failures import MachineError, explain_failures
from constructs_lib.commands.folders import CHECKOUT, check_temporary_folder, folder_for_programs
from constructs_lib.commands.synthesis import SynthesisError, synthesize
from constructs_lib.commands.terraform import TerraformError
from constructs_lib.doctor import account, machine, node
from constructs_lib.doctor.aws import Aws
from constructs_lib.doctor.examination import AskDns, Examination
from constructs_lib.doctor.findings import Finding, Report, UnknownError
from constructs_lib.doctor.machine import TerraformFailedError
from constructs_lib.settings.loader import SettingsError, load_settings, read_context
from constructs_lib.settings.model import Settings

_NOTHING, _UNKNOWN, _FINDINGS, _INTERRUPTED = 0, 1, 2, 130


def examine(
    directory: Path, environment: Mapping[str, str], *, ask_dns: AskDns = node.ask_dns
) -> tuple[str, Report]:
    """Look at everything; return the subject and the report.

    The stacks are synthesized to the directory, which is empty and which CDKTF_OUTDIR names.
    """
    report = Report()
    settings: Settings | None = None
    stack: Path | None = None
    try:
        settings = load_settings(environment, read_context(environment, CHECKOUT / "cdktf.json"))
    except SettingsError as error:
        report.findings += [Finding(*_parts(problem)) for problem in error.problems]
    report.collect("the workspace of Terraform", _workspace(environment))
    report.collect("the version of Node", machine.node_version())
    report.collect("the installed packages", machine.packages(CHECKOUT / "Pipfile.lock"))
    if settings is not None:
        try:
            stack = _synthesized(directory, environment, settings)
        except UnknownError as error:
            report.unknown.append(f"could not be told: what the deployment needs: {error}")
    _look_at_terraform(report, stack, directory, environment)
    if settings is None or stack is None:
        reason = "the settings are refused" if settings is None else "the stack cannot be synthesized"
        report.unknown.append(f"could not be told: whether the account is ready: {reason}")
        return "The deployment", report
    document: dict[str, Any] = json.loads((stack / "cdk.tf.json").read_text(encoding="utf-8"))
    examined = Examination(settings=settings, document=document, aws=Aws(settings.region), ask_dns=ask_dns)
    account.examine(examined, report)
    return _subject(examined), report


def _parts(problem: str) -> tuple[str, str]:
    """The problem of a setting, and what would be valid, which its message says after the last colon."""
    what, _, valid = problem.rpartition(": ")
    return (what, valid) if what else (problem, "see docs/settings.md")


def _subject(examined: Examination) -> str:
    name = f"{examined.settings.name_prefix} in {examined.settings.region}"
    try:
        return f"{name}, account {examined.account_id}, as {examined.caller['Arn']}"
    except UnknownError:
        return name


def _workspace(environment: Mapping[str, str]) -> Iterator[Finding]:
    try:
        terraform.check_workspace(environment)
    except MachineError as error:
        yield Finding(str(error), "unset TF_WORKSPACE")


def _look_at_terraform(
    report: Report, stack: Path | None, directory: Path, environment: Mapping[str, str]
) -> None:
    def run(*arguments: str) -> str:
        try:
            return terraform.run(*arguments, directory=stack or directory, environment=environment)
        except TerraformError as error:
            raise TerraformFailedError(str(error).splitlines()[0]) from error

    before = len(report.findings)
    report.collect("the version of Terraform", machine.terraform(run))
    if stack is not None and len(report.findings) == before:
        report.collect("the providers of Terraform", machine.providers(run))


def _synthesized(directory: Path, environment: Mapping[str, str], settings: Settings) -> Path:
    """Synthesize, and return the folder of the stack. Raises UnknownError."""
    try:
        return synthesize(directory, {**environment, "TF_WORKSPACE": ""})[settings.name_prefix]
    except SynthesisError as error:
        raise UnknownError(str(error).splitlines()[-1]) from error


def main() -> int:
    """Print the report and return the exit code."""
    check_temporary_folder(os.environ)
    try:
        # Terraform starts its providers from its data directory.
        with tempfile.TemporaryDirectory(prefix="doctor-", dir=folder_for_programs()) as directory:
            environment = os.environ | {
                "CDKTF_OUTDIR": directory,
                "TF_DATA_DIR": str(Path(directory, "terraform")),
            }
            subject, report = examine(Path(directory), environment)
    except KeyboardInterrupt:
        return _INTERRUPTED
    print(summary(subject, report), *report.lines, sep="\n", flush=True)
    return exit_code(report)


def summary(subject: str, report: Report) -> str:
    """The first line of the output."""
    if not report.lines:
        return f"{subject}: nothing found"
    counts = [(len(report.findings), "found"), (len(report.unknown), "could not be told")]
    return f"{subject}: {', '.join(f'{count} {what}' for count, what in counts if count)}"


def exit_code(report: Report) -> int:
    """What the command exits with."""
    if report.findings:
        return _FINDINGS
    return _UNKNOWN if report.unknown else _NOTHING


if __name__ == "__main__":
    explain_failures()
    sys.exit(main())
