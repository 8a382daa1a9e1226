"""`pipenv run deploy [--expect FINGERPRINT] [STACK]`: applies exactly the plan that was reviewed.

It plans with the state lock, compares the plan's fingerprint with the one that `pipenv run review` printed,
and applies that very plan file. If the plan does something else, nothing is applied. Terraform refuses the
file if the state changes in between.

Without --expect it prints the review and asks on a terminal; elsewhere it refuses.

Exits with 0 when the plan has been applied, and with 1 otherwise.
"""

import os
import re
import shutil
import sys
from pathlib import Path

from constructs_lib.commands.arguments import Arguments
from constructs_lib.commands.failures import explain_failures
from constructs_lib.commands.folders import check_temporary_folder
from constructs_lib.commands.planning import PlanningError, Stack, initialized
from constructs_lib.commands.terraform import TerraformError
from constructs_lib.review.plan import PlanError, read_plan
from constructs_lib.review.report import Review, review
from constructs_lib.review.screen import screen

_DONE, _FAILED, _INTERRUPTED = 0, 1, 130
_FINGERPRINT = re.compile(r"[0-9a-f]{64}")
# What Terraform writes to its folder if it cannot write the state to the bucket.
_UNSAVED_STATE = "errored.tfstate"


class RefusedError(Exception):
    """The plan must not be applied; the message says why, on one line."""


def main() -> int:
    """Plan, compare and apply; errors go to standard error."""
    parser = Arguments(prog="pipenv run deploy", description=(__doc__ or "").partition("\n\n")[2])
    parser.add_argument("--expect", metavar="FINGERPRINT", help="last line of the review")
    parser.add_argument("stack", nargs="?", metavar="STACK", help="stack, by default that of the payment API")
    arguments = parser.parse_args()
    try:
        if arguments.expect is not None and not _FINGERPRINT.fullmatch(arguments.expect):
            raise RefusedError(
                "--expect must be the 64 hexadecimal digits in the last line of pipenv run review"
            )
        if arguments.expect is None and not sys.stdin.isatty():
            raise RefusedError(
                "not a terminal, so nobody can be asked: pass the fingerprint of pipenv run review "
                "with --expect"
            )
        check_temporary_folder(os.environ)
        with initialized(os.environ, "deploy", arguments.stack) as stack:
            _deploy(stack, arguments.expect)
    except (PlanError, PlanningError, RefusedError, TerraformError) as error:
        print(error, file=sys.stderr)
        return _FAILED
    except KeyboardInterrupt:
        return _INTERRUPTED
    return _DONE


def _deploy(stack: Stack, expected: str | None) -> None:
    found = review(read_plan(stack.plan(lock=True)))
    if expected is None:
        _ask(stack.name, found)
    elif expected != found.fingerprint:
        raise RefusedError(
            f"{stack.name}: the plan is not the reviewed one, its fingerprint is {found.fingerprint}. "
            "Nothing has been applied: review it again with pipenv run review."
        )
    try:
        stack.apply()
    finally:
        _keep_unsaved_state(stack)


def _ask(name: str, found: Review) -> None:
    print(screen(name, found), flush=True)
    if input("Apply this plan? Only yes applies it: ") != "yes":
        raise RefusedError("Nothing has been applied.")


def _keep_unsaved_state(stack: Stack) -> None:
    """Keep the state that Terraform could not write; its folder is deleted."""
    unsaved = stack.directory / _UNSAVED_STATE
    if unsaved.is_file():
        kept = Path.cwd() / _UNSAVED_STATE
        shutil.copyfile(unsaved, kept)
        print(
            f"The state could not be written. It is in {kept}: terraform state push {kept}", file=sys.stderr
        )


if __name__ == "__main__":
    explain_failures()
    sys.exit(main())
