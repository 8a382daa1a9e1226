"""A command of the project in a process of its own, with a fake Terraform."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.variables import inherited, variables_of

_CHECKOUT = Path(__file__).parents[3]
NO_CHANGE: dict[str, Any] = {"resource_changes": []}

# Records its arguments, variables and directory, and answers `show` with the plan. Like the real one, `init`
# installs a provider that `plan` starts.
_TERRAFORM = """#!/bin/sh
echo "$@" >> "$COMMANDS"
pwd > "$FOLDER"
env | grep ^TF_ > "$VARIABLES"
provider=$TF_DATA_DIR/provider
[ "$1" = init ] && mkdir -p "$TF_DATA_DIR" && echo '#!/bin/sh' > "$provider" && chmod +x "$provider"
[ "$1" = plan ] && { "$provider" || exit 1; }
[ "$1" = "$FAILING" ] && echo "Error: $1 failed" >&2 && exit 1
if [ "$1" = "$HANGING" ]; then
  trap 'echo interrupted >> "$COMMANDS"; exit 1' INT
  touch "$COMMANDS.hanging"
  for second in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do sleep 1; done
fi
[ "$1" = apply ] && echo "Apply complete!"
[ "$1" = show ] && cat "$PLAN"
exit 0
"""


class Job:
    """Runs a command with a fake Terraform that returns a given plan."""

    def __init__(self, directory: Path, command: str) -> None:
        self._command = command
        terraform = directory / "bin" / "terraform"
        terraform.parent.mkdir()
        terraform.write_text(_TERRAFORM, encoding="utf-8")
        terraform.chmod(0o755)
        self.commands, self.folder = directory / "commands", directory / "folder"
        self.variables = directory / "variables"
        self.temporary = directory / "temporary"
        self.temporary.mkdir()
        self._plan = directory / "plan.json"
        self._path = os.pathsep.join([str(terraform.parent), os.environ["PATH"]])

    def environment(
        self, plan: Mapping[str, Any] = NO_CHANGE, *, before: str = "", **variables: str
    ) -> dict[str, str]:
        """The environment in which Terraform prints the text `before` and then the plan."""
        shown = {"format_version": "1.2", "planned_values": {}, **plan}
        self._plan.write_text(before + json.dumps(shown, ensure_ascii=False), encoding="utf-8")
        fake = {
            "COMMANDS": str(self.commands),
            "FOLDER": str(self.folder),
            "VARIABLES": str(self.variables),
            "PLAN": str(self._plan),
            "FAILING": "none",
            "HANGING": "none",
            "PATH": self._path,
            "TMPDIR": str(self.temporary),
            "PYTHONPATH": str(_CHECKOUT),
        }
        return inherited() | variables_of("staging") | fake | variables

    def arguments(self, *arguments: str) -> tuple[str, ...]:
        """The command with these arguments."""
        return (sys.executable, "-P", "-m", f"constructs_lib.commands.{self._command}", *arguments)

    def run(
        self,
        plan: Mapping[str, Any] = NO_CHANGE,
        *arguments: str,
        before: str = "",
        start: tuple[str, ...] = (),
        cwd: Path = _CHECKOUT,
        **variables: str,
    ) -> subprocess.CompletedProcess[str]:
        """Run the command once with these environment variables, by the command `start`."""
        return subprocess.run(
            (*start, *self.arguments(*arguments)),
            cwd=cwd,
            env=self.environment(plan, before=before, **variables),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            check=False,
        )

    def called(self) -> list[str]:
        """The commands of Terraform that were run."""
        if not self.commands.exists():
            return []
        return [line.split()[0] for line in self.commands.read_text(encoding="utf-8").splitlines()]
