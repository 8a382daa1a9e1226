"""Plans a stack with the settings of the environment, in a folder of its own, for the commands."""

import json
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from constructs_lib.commands import terraform
from constructs_lib.commands.folders import CHECKOUT, folder_for_programs
from constructs_lib.commands.synthesis import SynthesisError, synthesize
from constructs_lib.settings.loader import SettingsError, load_settings, read_context

_PLAN_FILE = "plan.tfplan"
_PLAN_KEYS = frozenset(("format_version", "planned_values"))
_QUIET = ("-input=false", "-no-color")


class PlanningError(Exception):
    """The stack could not be planned; the message is the output of the tool that failed."""


@dataclass(frozen=True)
class Stack:
    """A synthesized and initialized stack."""

    name: str
    directory: Path
    environment: Mapping[str, str]

    def plan(self, *, lock: bool) -> dict[str, Any]:
        """Plan to a file and return the plan in JSON. Raises PlanningError or TerraformError.

        Without the lock, nothing is written, no deployment is blocked, and nothing remains if the process is
        killed. A plan that is to be applied has the lock.
        """
        out = f"-out={_PLAN_FILE}"
        if lock:
            terraform.run_to_its_end(
                "plan", *_QUIET, out, directory=self.directory, environment=self.environment
            )
        else:
            terraform.run(
                "plan", "-lock=false", *_QUIET, out, directory=self.directory, environment=self.environment
            )
        plan = terraform.document(
            "show",
            "-json",
            _PLAN_FILE,
            directory=self.directory,
            environment=self.environment,
            keys=_PLAN_KEYS,
        )
        if plan is None:
            raise PlanningError("terraform show printed nothing")
        return plan

    def apply(self) -> None:
        """Apply the file of the last plan, and show what Terraform prints. Raises TerraformError.

        Terraform refuses the file if the state has changed since.
        """
        terraform.run_to_its_end(
            "apply", *_QUIET, _PLAN_FILE, directory=self.directory, environment=self.environment, shown=True
        )


@contextmanager
def initialized(environment: Mapping[str, str], command: str, stack: str | None = None) -> Iterator[Stack]:
    """Synthesize and initialize a stack, that of the payment API unless another one is named.

    Its folder is deleted at the end. Raises MachineError, PlanningError or TerraformError.
    """
    terraform.check_workspace(environment)
    # Terraform starts its providers from its data directory.
    with tempfile.TemporaryDirectory(prefix=f"{command}-", dir=folder_for_programs()) as name:
        directory = Path(name)
        with_folders = {
            **environment,
            "CDKTF_OUTDIR": name,
            "TF_DATA_DIR": str(directory / "terraform"),
        }
        found = _synthesized(directory, with_folders, stack)
        terraform.run("init", *_QUIET, directory=found.directory, environment=with_folders)
        yield found


def _synthesized(directory: Path, environment: Mapping[str, str], stack: str | None) -> Stack:
    try:
        settings = load_settings(environment, read_context(environment, CHECKOUT / "cdktf.json"))
    except SettingsError as error:
        raise PlanningError(str(error)) from None
    name = stack or settings.name_prefix
    try:
        stacks = synthesize(directory, environment)
    except SynthesisError as error:
        raise PlanningError(str(error)) from None
    if name not in stacks:
        raise PlanningError(
            f"the stack {json.dumps(name)} does not exist: must be one of {', '.join(sorted(stacks))}"
        )
    return Stack(name, stacks[name], environment)
