"""Runs the real Terraform on a synthesized stack."""

import re
import shutil
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from functools import cached_property
from itertools import count
from pathlib import Path
from threading import Lock
from typing import Any

from constructs_lib.commands.terraform import find_document
from tests.emulator import processes
from tests.emulator.processes import Finished, LineHandler
from tests.emulator.providers import CACHE_VARIABLE

_CHANGES_PENDING = 2  # `plan -detailed-exitcode`
# Of a resource. A wrapper of Terraform may print lines of its own.
_ADDRESS = re.compile(r"[\w.-]+\.[\w-]+(?:\[.+\])?")
# With less garbage collection, Terraform and its providers need a fifth less CPU time, and more memory.
_GOGC = "400"
# The plugin cache does not support concurrent `terraform init`: one process would use, and record the
# checksum of, a provider that another one still unpacks.
# https://developer.hashicorp.com/terraform/cli/config/config-file#provider-plugin-cache
_cache_lock = Lock()


class TerraformError(Exception):
    """Terraform failed; the message is its standard error, or its standard output if that is empty."""

    def __init__(self, finished: Finished) -> None:
        output = finished.stderr.strip() or finished.stdout.strip()
        super().__init__(f"{' '.join(finished.command)} exited with code {finished.exit_code}:\n{output}")
        self.finished = finished


@dataclass(frozen=True)
class Plan:
    """A plan, with its text as Terraform prints it."""

    empty: bool
    text: str
    read: Callable[[], dict[str, Any]]

    @cached_property
    def document(self) -> dict[str, Any]:
        """The plan in Terraform's JSON format, which takes Terraform seconds to write."""
        return self.read()


class Terraform:
    """Terraform's commands on a copy of a synthesized stack.

    Each method waits until Terraform has ended, passes each line of its output to `on_line`, and raises
    TerraformError with Terraform's messages if it fails.
    """

    def __init__(
        self,
        stack: Path,
        directory: Path,
        *,
        environment: Mapping[str, str],
        on_line: LineHandler | None = None,
    ) -> None:
        """Copy the folder `stack`, from `cdktf.out/stacks`, to `directory`, which must not exist yet."""
        shutil.copytree(stack, directory)
        self.directory = directory
        self.environment = {"GOGC": _GOGC, **environment, "TF_IN_AUTOMATION": "1", "TF_INPUT": "0"}
        self.on_line = on_line
        self._plans = count(1)

    def init(self, **backend: str) -> None:
        """Install the providers and initialize the backend, whose configuration `backend` overrides."""
        overrides = [f"-backend-config={name}={value}" for name, value in backend.items()]
        with _cache_lock if CACHE_VARIABLE in self.environment else nullcontext():
            self._run("init", *overrides)

    def validate(self) -> None:
        """Check the configuration against the providers' schemas."""
        self._run("validate")

    def plan(self, *, refresh: bool = True) -> Plan:
        """Plan the changes of an apply, without changing anything."""
        file = f"{next(self._plans)}.tfplan"
        finished = self._run(
            "plan",
            "-detailed-exitcode",
            f"-out={file}",
            f"-refresh={str(refresh).lower()}",
            accept=(0, _CHANGES_PENDING),
        )
        return Plan(
            empty=finished.exit_code == 0,
            text=finished.stdout,
            read=lambda: self._document("show", "-json", file),
        )

    def apply(self, *targets: str) -> None:
        """Apply the stack, or only the resources with these addresses and their dependencies."""
        self._run("apply", "-auto-approve", *(f"-target={address}" for address in targets))

    def destroy(self) -> None:
        self._run("destroy", "-auto-approve")

    def unlock(self, lock_id: str) -> None:
        """Remove the state lock that a killed apply left."""
        self._run("force-unlock", "-force", lock_id)

    def untaint(self, address: str) -> None:
        """Mark the resource of a failed apply as usable, so that the next plan does not replace it."""
        self._run("untaint", address)

    def outputs(self) -> dict[str, Any]:
        """Name of each output → its value."""
        return {name: output["value"] for name, output in self._document("output", "-json").items()}

    def addresses(self) -> list[str]:
        """The addresses of all resources in the state, data sources included."""
        lines = self._run("state", "list", quiet=True).stdout.splitlines()
        return [line for line in lines if _ADDRESS.fullmatch(line)]

    def _document(self, *arguments: str) -> dict[str, Any]:
        finished = self._run(*arguments, quiet=True)
        document = find_document(finished.stdout)
        if document is None:
            raise TerraformError(finished)
        return document

    def _run(self, *arguments: str, accept: tuple[int, ...] = (0,), quiet: bool = False) -> Finished:
        finished = processes.run(
            ("terraform", *arguments, "-no-color"),
            directory=self.directory,
            # The provider and the S3 backend send stack and command with each request, for `tests.access`.
            environment={**self.environment, "TF_APPEND_USER_AGENT": f"{self.directory.name}/{arguments[0]}"},
            on_line=None if quiet else self.on_line,
        )
        if finished.exit_code not in accept:
            raise TerraformError(finished)
        return finished
