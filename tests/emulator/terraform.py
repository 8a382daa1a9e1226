"""The real Terraform on one synthesized stack."""

import json
import shutil
from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any

from tests.emulator import processes
from tests.emulator.processes import Finished, OnLine
from tests.emulator.providers import CACHE_VARIABLE

_PLAN_FILE = "plan.tfplan"
_CHANGES_PENDING = 2  # `plan -detailed-exitcode`
# The cache of providers is not safe for several at once: one takes for whole what another still unpacks, and
# notes its checksum. https://developer.hashicorp.com/terraform/cli/config/config-file#provider-plugin-cache
_filling_cache = Lock()


class TerraformError(Exception):
    """Terraform failed; the message is all that it said on standard error, or its output if that is all."""

    def __init__(self, finished: Finished) -> None:
        said = finished.stderr.strip() or finished.stdout.strip()
        super().__init__(f"{' '.join(finished.command)} ended with {finished.exit_code}:\n{said}")
        self.finished = finished


@dataclass(frozen=True)
class Plan:
    """What Terraform would change. `text` is the plan as Terraform prints it, `document` its JSON."""

    empty: bool
    text: str
    document: dict[str, Any]


class Terraform:
    """Terraform's commands on a copy of a synthesized stack, which itself stays untouched.

    Every method waits for Terraform to end, hands its lines to `on_line` meanwhile, and raises
    `TerraformError` with Terraform's own messages if it fails.
    """

    def __init__(
        self, stack: Path, directory: Path, *, environment: Mapping[str, str], on_line: OnLine | None = None
    ) -> None:
        """`stack` is a folder below `cdktf.out/stacks`; `directory`, not there yet, takes its copy and
        everything that Terraform writes."""
        shutil.copytree(stack, directory)
        self.directory = directory
        self.environment = {**environment, "TF_IN_AUTOMATION": "1", "TF_INPUT": "0"}
        self.on_line = on_line

    def init(self, **backend: str) -> None:
        """Install the providers and set up the backend, with these values of its configuration replaced."""
        overrides = [f"-backend-config={name}={value}" for name, value in backend.items()]
        with _filling_cache if CACHE_VARIABLE in self.environment else nullcontext():
            self._run("init", *overrides)

    def validate(self) -> None:
        """Check the configuration against the providers' schemas."""
        self._run("validate")

    def plan(self, *, refresh: bool = True) -> Plan:
        """What an apply would change now; nothing is changed."""
        finished = self._run(
            "plan",
            "-detailed-exitcode",
            f"-out={_PLAN_FILE}",
            f"-refresh={str(refresh).lower()}",
            accept=(0, _CHANGES_PENDING),
        )
        document: dict[str, Any] = json.loads(self._run("show", "-json", _PLAN_FILE, quiet=True).stdout)
        return Plan(empty=finished.exit_code == 0, text=finished.stdout, document=document)

    def apply(self, *targets: str) -> None:
        """Bring everything into being, or the resources of these addresses and what they need."""
        self._run("apply", "-auto-approve", *(f"-target={address}" for address in targets))

    def destroy(self) -> None:
        """Take everything down."""
        self._run("destroy", "-auto-approve")

    def unlock(self, lock_id: str) -> None:
        """Take away the lock that an apply left which was killed."""
        self._run("force-unlock", "-force", lock_id)

    def untaint(self, address: str) -> None:
        """Keep what an apply that failed had created, but not finished."""
        self._run("untaint", address)

    def outputs(self) -> dict[str, Any]:
        """The values of the stack's outputs, by name."""
        outputs = json.loads(self._run("output", "-json", quiet=True).stdout)
        return {name: output["value"] for name, output in outputs.items()}

    def addresses(self) -> list[str]:
        """The addresses of everything in the state, data sources included."""
        return self._run("state", "list", quiet=True).stdout.split()

    def _run(self, *arguments: str, accept: tuple[int, ...] = (0,), quiet: bool = False) -> Finished:
        finished = processes.run(
            ("terraform", *arguments, "-no-color"),
            directory=self.directory,
            environment=self.environment,
            on_line=None if quiet else self.on_line,
        )
        if finished.exit_code not in accept:
            raise TerraformError(finished)
        return finished
