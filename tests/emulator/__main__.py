"""`pipenv run local`: the whole payment API on this machine, put up, looked at and taken down."""

import argparse
import os
import shlex
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from threading import Event

from rich.console import Console
from rich.table import Table

from tests.emulator.deployment import Deployment, SynthesisError
from tests.emulator.inventory import by_service
from tests.emulator.processes import termination_as_interrupt
from tests.emulator.progress import Progress
from tests.emulator.providers import ProvidersUnavailableError
from tests.emulator.server import Emulator
from tests.emulator.terraform import TerraformError

_SUCCESS, _FAILURE, _INTERRUPTED = 0, 1, 130
# Real ones of the person's own, which the tools would take before or beside the emulator's.
_TO_UNSET = ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_CA_BUNDLE")


class LocalRunError(Exception):
    """The deployment is not as it should be; the message says how."""


class LocalRun:
    """One run, step by step: each announces itself, and its time goes into the summary."""

    def __init__(
        self, console: Console, emulator: Emulator, directory: Path, settings: dict[str, str]
    ) -> None:
        self._console = console
        self._emulator = emulator
        self._times: list[tuple[str, float, str]] = []
        with self._step("Synthesize the stacks") as done:
            self._deployment = Deployment(
                emulator.account, directory, settings=settings, on_line=self._terraform_line
            )
            done(", ".join(self._deployment.stacks))
        self._settings = settings
        for line in self._deployment.providers.describe():
            self._say(f"  {line}")

    def put_up(self) -> None:
        """State bucket, hosted zone, the system; then everything that stands there, and the outputs."""
        with self._step("Apply payment-api-state, the bucket and key of the remote state") as done:
            self._deployment.prepare()
            done(_count(by_service(self._deployment.state.addresses())))
        with self._step(f"Apply {self._deployment.name}") as done:
            self._deployment.system.apply()
            services = by_service(self._deployment.system.addresses())
            done(_count(services))
        standing = Table("Service", "Resources", "What stands there", title=self._deployment.name)
        for service, counts in services.items():
            types = ", ".join(f"{count} {type_.removeprefix('aws_')}" for type_, count in counts.items())
            standing.add_row(service, str(counts.total()), types)
        self._console.print(standing)
        for name, value in self._deployment.system.outputs().items():
            self._say(f"  {name} = {value}")

    def plan_again(self) -> None:
        """Show that nothing is left to change. Raises LocalRunError with Terraform's plan otherwise."""
        with self._step("Plan again") as done:
            plan = self._deployment.system.plan()
            if not plan.empty:
                raise LocalRunError(f"The second plan is not empty:\n{plan.text}")
            done("no changes")

    def take_down(self) -> None:
        """Destroy the system. The state bucket is protected from that, and goes with the emulator."""
        with self._step(f"Destroy {self._deployment.name}") as done:
            self._deployment.system.destroy()
            if left := self._deployment.system.addresses():
                raise LocalRunError("Left in the state after destroy: " + ", ".join(left))
            done("nothing left in the state")

    def keep(self) -> None:
        """Leave everything standing until an interruption."""
        variables = (
            self._emulator.account.variables() | self._deployment.providers.variables() | self._settings
        )
        self._say("\nIt stands. For aws, terraform and cdktf, in another terminal:\n")
        self._say(f"unset {' '.join(_TO_UNSET)}")
        for name, value in variables.items():
            self._say(f"export {name}={shlex.quote(value)}")
        self._say(f"\nTerraform's folder: {self._deployment.system.directory}\nCtrl-C takes it all away.")
        Event().wait()

    def summary(self) -> None:
        """A table of the steps and their times, and what the emulator could not answer."""
        table = Table("Step", "Seconds", "Result", title="Summary")
        for step, seconds, result in self._times:
            table.add_row(step, f"{seconds:.1f}", result)
        table.add_row("Together", f"{sum(seconds for _, seconds, _ in self._times):.1f}", "")
        self._console.print(table)
        contract = self._emulator.contract
        self._say(f"{contract.requests} requests met {contract.constraints} constraints of AWS's API models.")
        for failure in self._emulator.failures:
            self._say(f"The emulator failed: {failure}")

    @contextmanager
    def _step(self, title: str) -> Iterator[Callable[[str], None]]:
        self._say(f"\n{title} …")
        self._progress = Progress(self._say)
        start = time.monotonic()
        results: list[str] = []
        yield results.append
        self._times.append((title, time.monotonic() - start, ", ".join(results)))

    def _terraform_line(self, line: str) -> None:
        self._progress.line(line)

    def _say(self, text: str) -> None:
        self._console.print(text, markup=False, highlight=False, soft_wrap=True)


def _count(services: Mapping[str, Counter[str]]) -> str:
    return f"{sum(counts.total() for counts in services.values())} resources"


def main() -> int:
    """Run it; 0 when all went well, 1 with the reason on standard error when not, 130 after Ctrl-C."""
    parser = argparse.ArgumentParser(prog="pipenv run local", description=__doc__)
    parser.add_argument("--suffix", default="dev", help="the environment (dev)")
    parser.add_argument("--keep", action="store_true", help="leave it standing until Ctrl-C")
    parser.add_argument("--log", type=Path, help="write every request to the emulator into this file")
    arguments = parser.parse_args()
    if shutil.which("terraform") is None:
        print(
            "terraform is not on the path: https://developer.hashicorp.com/terraform/install", file=sys.stderr
        )
        return _FAILURE
    settings = {name: value for name, value in os.environ.items() if name.startswith("PAYMENT_API_")}
    settings["ENVIRONMENT_SUFFIX"] = arguments.suffix
    region = os.environ.get("AWS_REGION", "us-east-1")
    standing = False
    try:
        with (
            termination_as_interrupt(),
            tempfile.TemporaryDirectory(prefix="pa-", ignore_cleanup_errors=True) as directory,
            Emulator(region=region, log_file=arguments.log) as emulator,
        ):
            run = LocalRun(Console(), emulator, Path(directory), settings)
            run.put_up()
            run.plan_again()
            if arguments.keep:
                standing = True
                run.keep()
            run.take_down()
            run.summary()
    except KeyboardInterrupt:
        print("\nInterrupted: the emulator and all that stood on it are gone.", file=sys.stderr)
        return _SUCCESS if standing else _INTERRUPTED
    except (TerraformError, SynthesisError, ProvidersUnavailableError, LocalRunError) as error:
        print(f"\n{error}", file=sys.stderr)
        return _FAILURE
    return _SUCCESS


if __name__ == "__main__":
    sys.exit(main())
