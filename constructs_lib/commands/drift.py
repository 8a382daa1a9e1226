"""`pipenv run drift`: what stands in AWS and is not as the code says, for a nightly job.

It plans with the settings of the environment and changes nothing. The state is not locked: that would need
leave to write, keep others from deploying, and leave a lock if the job is killed. So while somebody deploys,
what is not there yet is listed too.

Ends with 0 when all is as the code says, 2 when something is not, 1 when that could not be found out.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from itertools import takewhile
from pathlib import Path
from typing import Any

from constructs_lib.settings.loader import SettingsError, load_settings, read_context

_AS_IT_SHOULD_BE, _FAILED, _DRIFTED, _INTERRUPTED = 0, 1, 2, 130

_PROJECT = Path(__file__).parents[2]
_PLAN_FILE = "plan.tfplan"
_LONGEST_VALUE = 80
_LEAD_IN = 20


class DriftError(Exception):
    """It could not be found out; the message is what the tool that failed said."""


def differences(plan: Mapping[str, Any]) -> Iterator[str]:
    """One line for each thing that a plan, as `terraform show -json` gives it, would change or warns of.

    A value that Terraform marks as sensitive is in none of them.
    """
    for resource in plan.get("resource_changes", []):
        change = resource["change"]
        if change["actions"] not in (["no-op"], ["read"]):
            action = "replace" if len(change["actions"]) > 1 else change["actions"][0]
            yield f"{action} {resource['address']}{_attributes(change)}"
    for name, change in plan.get("output_changes", {}).items():
        if change["actions"] != ["no-op"]:
            yield f"{change['actions'][0]} output {name}"
    for check in plan.get("checks", []):
        name = check["address"]["to_display"]
        if (check["address"]["kind"], check["status"]) == ("check", "unknown"):
            yield f"{name}: cannot be told until all above is put right"
        for instance in check.get("instances", []):
            for problem in instance.get("problems", []):
                yield f"{name}: {problem['message']}"


def _attributes(change: Mapping[str, Any]) -> str:
    """How what stands differs from what should: nothing where one of the two is missing as a whole."""
    before, after = change["before"], change["after"]
    if before is None or after is None:
        return ""
    names = [
        name
        for name in sorted(before.keys() | after.keys() | change["after_unknown"].keys())
        if before.get(name) != after.get(name) or _marks(change["after_unknown"], name)
    ]
    return ": " + ", ".join(f"{name}{_values(change, name)}" for name in names)


def _values(change: Mapping[str, Any], name: str) -> str:
    if any(_marks(change[key], name) for key in ("before_sensitive", "after_sensitive")):
        return " (sensitive)"
    before, after = (change[key].get(name) for key in ("before", "after"))
    if _marks(change["after_unknown"], name):
        return " (known after apply)"
    if isinstance(before, list) and isinstance(after, list):
        # Mostly sets: who stands in one of the two only is all that can be said of them.
        return "".join(
            f" {sign}{_short(each.get('name', each) if isinstance(each, dict) else each)}"
            for sign, these, those in (("-", before, after), ("+", after, before))
            for each in these
            if each not in those
        )
    if isinstance(before, str) and isinstance(after, str):
        before, after = _from_the_difference_on(before, after)
    return f" {_short(before)} -> {_short(after)}"


def _from_the_difference_on(before: str, after: str) -> tuple[str, str]:
    """Two long texts, such as policies, without most of what both begin with: little of them is shown."""
    alike = takewhile(lambda pair: pair[0] == pair[1], zip(before, after, strict=False))
    start = sum(1 for _ in alike) - _LEAD_IN
    if start <= 0 or max(len(before), len(after)) <= _LONGEST_VALUE:
        return before, after
    return f"...{before[start:]}", f"...{after[start:]}"


def _short(value: object) -> str:
    text = json.dumps(value)
    return text if len(text) <= _LONGEST_VALUE else f"{text[:_LONGEST_VALUE]}..."


def _marks(marks: object, name: str) -> bool:
    """Whether an attribute, or anything in it, is marked: `true` stands in its place, or in its parent's."""
    return _any(marks.get(name)) if isinstance(marks, dict) else bool(marks)


def _any(marks: object) -> bool:
    if isinstance(marks, dict):
        return any(_any(each) for each in marks.values())
    return any(_any(each) for each in marks) if isinstance(marks, list) else bool(marks)


def find(directory: Path, environment: Mapping[str, str]) -> tuple[str, list[str]]:
    """Synthesize and plan in an empty directory; the system's name, and its differences.

    Raises DriftError.
    """
    try:
        settings = load_settings(environment, read_context(environment, _PROJECT / "cdktf.json"))
    except SettingsError as error:
        raise DriftError(str(error)) from None
    name = settings.name_prefix
    _run(sys.executable, str(_PROJECT / "main.py"), directory=_PROJECT, environment=environment)
    manifest = json.loads((directory / "manifest.json").read_text(encoding="utf-8"))
    stack = directory / manifest["stacks"][name]["workingDirectory"]
    for arguments in (("init",), ("plan", "-lock=false", f"-out={_PLAN_FILE}")):
        _run("terraform", *arguments, "-input=false", "-no-color", directory=stack, environment=environment)
    shown = _run("terraform", "show", "-json", _PLAN_FILE, directory=stack, environment=environment)
    return name, list(differences(json.loads(shown)))


def _run(*command: str, directory: Path, environment: Mapping[str, str]) -> str:
    try:
        finished = subprocess.run(  # noqa: S603 - its own interpreter, and the terraform on the path
            command, cwd=directory, env=environment, capture_output=True, text=True, check=False
        )
    except FileNotFoundError:
        raise DriftError(f"{command[0]} is not on the path") from None
    if finished.returncode != 0:
        raise DriftError(finished.stderr.strip() or finished.stdout.strip())
    return finished.stdout


def main() -> int:
    """Print what is not as it should be, and return the exit code; errors go to standard error."""
    try:
        with tempfile.TemporaryDirectory(prefix="drift-") as directory:
            environment = os.environ | {
                "CDKTF_OUTDIR": directory,
                "TF_DATA_DIR": str(Path(directory, "terraform")),
                "TF_IN_AUTOMATION": "1",
            }
            name, found = find(Path(directory), environment)
    except DriftError as error:
        print(error, file=sys.stderr)
        return _FAILED
    except KeyboardInterrupt:
        return _INTERRUPTED
    print(f"{name} is {'not ' if found else ''}as the code says", *found, sep="\n")
    return _DRIFTED if found else _AS_IT_SHOULD_BE


if __name__ == "__main__":
    sys.exit(main())
