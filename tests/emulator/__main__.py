"""Deploy the payment API to an AWS emulator on this machine, list its resources, and destroy it again."""

from constructs_lib.commands.failures import explain_failures

if __name__ == "__main__":
    explain_failures()  # before the first import that can fail or be interrupted

import argparse
import os
import shlex
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Event

from rich.console import Console
from rich.table import Column, Table

from constructs_lib.commands.folders import check_temporary_folder, folder_for_programs
from constructs_lib.settings.profiles import profile_of
from tests.emulator.application import (
    Application,
    ApplicationError,
    check_port,
    parsed,
    port_of,
    run_images_in,
)
from tests.emulator.deployment import Deployment, SynthesisError
from tests.emulator.inventory import by_service
from tests.emulator.processes import termination_as_interrupt
from tests.emulator.progress import Progress
from tests.emulator.providers import ProvidersUnavailableError
from tests.emulator.server import Emulator
from tests.emulator.terraform import TerraformError

_SUCCESS, _FAILURE, _INTERRUPTED = 0, 1, 130
# Terraform refuses the default of dev, because AWS does. In the emulator, every name is free.
_STATE_BUCKET = "payment-api-local-state"
# Variables of the user's environment that tools would use instead of, or together with, the emulator's.
_CONFLICTING_VARIABLES = ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_CA_BUNDLE")


class LocalRunError(Exception):
    """The deployment is not as expected; the message describes the difference."""


class LocalRun:
    """The steps of one run. Each prints its title and progress, and its duration is part of the summary."""

    def __init__(
        self, console: Console, emulator: Emulator, directory: Path, settings: dict[str, str]
    ) -> None:
        self._console = console
        self._emulator = emulator
        self._durations: list[tuple[str, float, str]] = []
        with self._step("Synthesize the stacks") as report:
            self._deployment = Deployment(
                emulator.account, directory, settings=settings, on_line=self._terraform_line
            )
            report(", ".join(self._deployment.stacks))
        self._settings = settings
        for line in self._deployment.providers.describe():
            self._say(f"  {line}")

    def deploy(self) -> None:
        """Apply the state stack, the repository and the system, and print the resources and the outputs."""
        with self._step("Apply payment-api-state (S3 bucket and KMS key of the remote state)") as report:
            self._deployment.prepare()
            report(_count(by_service(self._deployment.state.addresses())))
        with self._step("Apply payment-api-images (repository of the container images)") as report:
            self._deployment.images.init()
            self._deployment.images.apply()
            report(_count(by_service(self._deployment.images.addresses())))
        with self._step(f"Apply {self._deployment.name}") as report:
            self._deployment.system.apply()
            services = by_service(self._deployment.system.addresses())
            report(_count(services))
        table = Table(
            "Service",
            "Count",
            Column("Resource types", overflow="fold"),
            title=f"Resources of {self._deployment.name}",
        )
        for service, counts in services.items():
            types = ", ".join(f"{type_.removeprefix('aws_')} ({count})" for type_, count in counts.items())
            table.add_row(service, str(counts.total()), types)
        self._console.print(table)
        self._say("Outputs:")
        for name, value in self._deployment.system.outputs().items():
            self._say(f"  {name} = {value}")

    def prepare_application(self) -> None:
        """Let migrations run in the current folder. Raises ApplicationError if the port is in use."""
        stack = self._deployment.stacks[self._deployment.name]
        check_port(port_of(stack))
        run_images_in(Path.cwd(), stack)

    def run_application(self, command: Sequence[str]) -> int:
        """Run the command in the current folder in place of the container, and return its exit code."""
        outputs = self._deployment.system.outputs()
        with (
            self._step(f"Run {shlex.join(command)}") as report,
            Application(
                self._deployment.account,
                cluster=outputs["cluster_name"],
                service=outputs["service_name"],
                command=command,
                directory=Path.cwd(),
                on_line=self._say,
            ) as application,
        ):
            if application.await_health(application.grace_seconds):
                self._say(f"The application is healthy at {application.url}. Press Ctrl-C to stop it.")
            elif application.runs:
                self._say(
                    f"{application.health_url} has not answered with status 200 for "
                    f"{application.grace_seconds} seconds: ECS would stop the task. Press Ctrl-C to stop the "
                    "application."
                )
            code = application.wait()
            self._say(f"The command has ended with exit code {code}.")
            report(f"exit code {code}")
        return code

    def plan_again(self) -> None:
        """Check that a second plan has no changes. Raises LocalRunError with the plan if it has."""
        with self._step("Plan again to check that nothing changes") as report:
            for stack in (self._deployment.images, self._deployment.system):
                plan = stack.plan()
                if not plan.empty:
                    raise LocalRunError(f"The second plan has changes:\n{plan.text}")
            report("no changes")

    def destroy(self) -> None:
        """Destroy the system, but not the other stacks: they are protected, and end with the emulator."""
        with self._step(f"Destroy {self._deployment.name}") as report:
            self._deployment.system.destroy()
            if left := self._deployment.system.addresses():
                raise LocalRunError("These resources were not destroyed: " + ", ".join(left))
            report("no resources left in the state")

    def wait(self) -> None:
        """Print how to use the deployment, and wait for Ctrl-C."""
        variables = (
            self._emulator.account.variables() | self._deployment.providers.variables() | self._settings
        )
        self._say(
            "\nThe deployment is running. To use aws, terraform or cdktf with it, run in another shell:\n"
        )
        self._say(f"unset {' '.join(_CONFLICTING_VARIABLES)}")
        for name, value in variables.items():
            self._say(f"export {name}={shlex.quote(value)}")
        self._say(f"\nTerraform's working directory: {self._deployment.system.directory}")
        self._say("Press Ctrl-C to stop the emulator and delete the deployment.")
        Event().wait()

    def summary(self) -> None:
        """Print the steps with their durations, and the requests that the emulator could not answer."""
        table = Table("Step", "Seconds", "Result", title="Summary")
        for step, seconds, result in self._durations:
            table.add_row(step, f"{seconds:.1f}", result)
        table.add_row("Total", f"{sum(seconds for _, seconds, _ in self._durations):.1f}", "")
        self._console.print(table)
        contract = self._emulator.contract
        self._say(f"{contract.requests} requests met {contract.constraints} constraints of AWS's API models.")
        self._say(f"{self._emulator.refusals.summary()}.")
        for note in self._emulator.databases.notes() if self._emulator.databases else ():
            self._say(note)
        for failure in self._emulator.failures:
            self._say(f"The emulator could not answer a request: {failure}")

    @contextmanager
    def _step(self, title: str) -> Iterator[Callable[[str], None]]:
        self._say(f"\n{title} …")
        self._progress = Progress(self._say)
        start = time.monotonic()
        results: list[str] = []
        yield results.append
        self._durations.append((title, time.monotonic() - start, ", ".join(results)))

    def _terraform_line(self, line: str) -> None:
        self._progress.line(line)

    def _say(self, text: str) -> None:
        # emoji=False: otherwise the ":secret:" of an ARN is printed as an emoji.
        self._console.print(text, markup=False, emoji=False, highlight=False, soft_wrap=True)


def _count(services: Mapping[str, Counter[str]]) -> str:
    return f"{sum(counts.total() for counts in services.values())} resources"


def main() -> int:
    """Return exit code 0 on success, 1 on failure with the reason on standard error, 130 after Ctrl-C.

    A command of --run that fails is a failure of the run, which goes on all the same.
    """
    parser = argparse.ArgumentParser(prog="pipenv run local", description=__doc__)
    parser.add_argument("--suffix", default="dev", help="environment suffix, which selects the profile (dev)")
    parser.add_argument("--keep", action="store_true", help="keep the deployment running until Ctrl-C")
    parser.add_argument(
        "--run",
        metavar="COMMAND",
        help="run this command, in the current folder, in place of the service's container until it ends",
    )
    parser.add_argument("--log", type=Path, help="append each request to the emulator to this file")
    arguments = parser.parse_args()
    check_temporary_folder(os.environ)
    if shutil.which("terraform") is None:
        print(
            "terraform is not on the PATH; see https://developer.hashicorp.com/terraform/install",
            file=sys.stderr,
        )
        return _FAILURE
    settings = {name: value for name, value in os.environ.items() if name.startswith("PAYMENT_API_")}
    settings["ENVIRONMENT_SUFFIX"] = arguments.suffix
    if profile_of(arguments.suffix) == "dev":
        settings.setdefault("PAYMENT_API_STATE__BUCKET", _STATE_BUCKET)
    region = os.environ.get("AWS_REGION", "us-east-1")
    waiting = False
    exit_code = _SUCCESS
    try:
        command = parsed(arguments.run) if arguments.run is not None else None
        with (
            termination_as_interrupt(),
            # Terraform starts its providers from this folder.
            tempfile.TemporaryDirectory(
                prefix="pa-", dir=folder_for_programs(), ignore_cleanup_errors=True
            ) as directory,
            Emulator(region=region, log_file=arguments.log) as emulator,
        ):
            run = LocalRun(Console(), emulator, Path(directory), settings)
            if command is not None:
                run.prepare_application()
            run.deploy()
            if command is not None:
                waiting = True
                exit_code = _FAILURE if run.run_application(command) else _SUCCESS
                waiting = False
            run.plan_again()
            if arguments.keep:
                waiting = True
                run.wait()
            run.destroy()
            run.summary()
    except KeyboardInterrupt:
        print("\nInterrupted. The emulator has stopped and its resources are deleted.", file=sys.stderr)
        return _SUCCESS if waiting else _INTERRUPTED
    except ApplicationError as error:
        print(error, file=sys.stderr)
        return _FAILURE
    except (TerraformError, SynthesisError, ProvidersUnavailableError, LocalRunError) as error:
        print(f"\n{error}", file=sys.stderr)
        return _FAILURE
    return exit_code


if __name__ == "__main__":
    sys.exit(main())
