"""Runs Terraform for the commands, with the same result in every environment."""

import json
import re
import signal
import subprocess
from collections.abc import Mapping
from pathlib import Path
from types import FrameType
from typing import Any

from constructs_lib.commands.failures import MachineError

ESCAPE_SEQUENCE = re.compile(r"\x1b\[[\d;]*[A-Za-z]")

# Where Terraform finds its providers, how long it waits for a registry, and the credentials for one. All
# other TF_ variables are dropped, because they change what a command does: TF_CLI_ARGS_plan=-refresh=false
# hides drift, TF_REATTACH_PROVIDERS plans with another provider, and TF_INPUT=1 asks questions. The stacks
# have no input variables (TF_VAR_).
_KEPT = (
    "TF_CLI_CONFIG_FILE",
    "TF_DATA_DIR",
    "TF_PLUGIN_CACHE_",
    "TF_PROVIDER_DOWNLOAD_RETRY",
    "TF_REGISTRY_",
    "TF_TOKEN_",
)
# Kept if the log goes to a file: on standard error it would hide Terraform's message.
_LOG, _LOG_FILE = "TF_LOG", "TF_LOG_PATH"
_SET = {"TF_IN_AUTOMATION": "1", "TF_INPUT": "0"}

_WORKSPACE = "TF_WORKSPACE"
_DEFAULT_WORKSPACE = "default"
_WHY_NO_WORKSPACE = (
    "the stack reads its own state in that workspace; set ENVIRONMENT_SUFFIX to deploy another environment"
)

_ERROR = re.compile(r"^[\s│╷]*Error: (?P<summary>.+)$", re.MULTILINE)
_DOCUMENT = re.compile(r"^[ \t]*(?=\{)", re.MULTILINE)
_MAX_SHOWN_LENGTH = 80


class TerraformError(Exception):
    """Terraform failed, or cannot be started; the first line of the message names what failed."""


def environment_of_terraform(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the environment without the variables that change what Terraform's commands do."""
    kept = (*_KEPT, _LOG) if environment.get(_LOG_FILE) else _KEPT
    return {
        name: value
        for name, value in environment.items()
        if not name.startswith("TF_") or name.startswith(kept)
    } | _SET


def check_workspace(environment: Mapping[str, str], directory: Path | None = None) -> None:
    """Raise MachineError if a named workspace is selected, by TF_WORKSPACE or in the stack's directory."""
    rule = f'must be "{_DEFAULT_WORKSPACE}"'
    if (name := environment.get(_WORKSPACE, "")) not in ("", _DEFAULT_WORKSPACE):
        shown = json.dumps(name)
        raise MachineError(f"{_WORKSPACE} is {shown}: {rule} or not set, because {_WHY_NO_WORKSPACE}")
    if directory is None:
        return
    selected = directory / (environment.get("TF_DATA_DIR") or ".terraform") / "environment"
    if not selected.is_file():
        return
    name = selected.read_text(encoding="utf-8", errors="replace").strip()
    if name not in ("", _DEFAULT_WORKSPACE):
        raise MachineError(
            f"the Terraform workspace in {directory} is {json.dumps(name)}: {rule}, because "
            f"{_WHY_NO_WORKSPACE}; select it with: terraform workspace select {_DEFAULT_WORKSPACE}"
        )


def run(*arguments: str, directory: Path, environment: Mapping[str, str]) -> str:
    """Run the Terraform on the path and return its standard output. Raises TerraformError if it fails."""
    try:
        finished = subprocess.run(  # noqa: S603 - the arguments are those of the commands
            ("terraform", *arguments),  # noqa: S607 - the terraform on the path
            cwd=directory,
            env=environment_of_terraform(environment),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            # In every locale; a resource may have any name.
            encoding="utf-8",
            errors="replace",
            check=False,
        )
    except FileNotFoundError:
        raise TerraformError("terraform is not on the path") from None
    except OSError as error:
        raise TerraformError(f"terraform cannot be started: {error.strerror}") from None
    stdout, stderr = (ESCAPE_SEQUENCE.sub("", text) for text in (finished.stdout, finished.stderr))
    if finished.returncode != 0:
        output = stderr.strip() or stdout.strip() or f"exit code {finished.returncode}"
        raise TerraformError(_failure(_name(arguments), output))
    return stdout


def run_to_its_end(
    *arguments: str, directory: Path, environment: Mapping[str, str], shown: bool = False
) -> None:
    """Run a Terraform that holds the state lock; Ctrl-C and SIGTERM let it stop by itself.

    Terraform gets one SIGINT for each signal, as in a terminal: at the first it completes what it has begun,
    writes the state and releases the lock. A killed one would leave the lock, and resources that the state
    does not contain. `shown` prints its output at once. Raises TerraformError, or KeyboardInterrupt when
    Terraform has ended after a signal.
    """
    pipe = None if shown else subprocess.PIPE
    signals: list[int] = []
    try:
        process = subprocess.Popen(  # noqa: S603 - the arguments are those of the commands
            ("terraform", *arguments),  # noqa: S607 - the terraform on the path
            cwd=directory,
            env=environment_of_terraform(environment),
            stdin=subprocess.DEVNULL,
            stdout=pipe,
            stderr=pipe,
            encoding="utf-8",
            errors="replace",
            # Out of the terminal's group: it would get Ctrl-C twice, which stops it at once.
            process_group=0,
        )
    except FileNotFoundError:
        raise TerraformError("terraform is not on the path") from None
    except OSError as error:
        raise TerraformError(f"terraform cannot be started: {error.strerror}") from None

    def forward(number: int, _frame: FrameType | None) -> None:
        signals.append(number)
        process.send_signal(signal.SIGINT)

    previous = {number: signal.signal(number, forward) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        stdout, stderr = process.communicate()
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)
    if signals:
        raise KeyboardInterrupt
    if process.returncode != 0:
        output = ESCAPE_SEQUENCE.sub("", stderr or stdout or "").strip()
        raise TerraformError(_failure(_name(arguments), output or f"exit code {process.returncode}"))


def document(
    *arguments: str, directory: Path, environment: Mapping[str, str], keys: frozenset[str]
) -> dict[str, Any] | None:
    """Run Terraform and return the JSON object with these keys that it prints, or None if it prints nothing.

    A wrapper that selects Terraform's version may print lines of its own around it. Raises TerraformError if
    there is no such object.
    """
    output = run(*arguments, directory=directory, environment=environment)
    if not output.strip():
        return None
    if found := find_document(output, keys):
        return found
    shown = json.dumps(output.strip()[:_MAX_SHOWN_LENGTH])
    raise TerraformError(f"terraform {_name(arguments)} printed no complete JSON document, but {shown}")


def find_document(output: str, keys: frozenset[str] = frozenset()) -> dict[str, Any] | None:
    """Return the JSON object with these keys in the output, which begins on a line of its own."""
    for beginning in _DOCUMENT.finditer(output):
        try:
            found, _ = json.JSONDecoder().raw_decode(output, beginning.end())
        except json.JSONDecodeError:
            continue
        if isinstance(found, dict) and keys <= found.keys():
            return found
    return None


def _name(arguments: tuple[str, ...]) -> str:
    return " ".join(argument for argument in arguments[:2] if not argument.startswith("-"))


def _failure(command: str, output: str) -> str:
    """Return one line with the first error, and below it all that Terraform says about it."""
    found = _ERROR.search(output)
    line = f"terraform {command} failed: {found['summary'] if found else output.splitlines()[0]}"
    return line if len(output.splitlines()) == 1 else f"{line}\n\n{output}"
