"""`pipenv run review [--plan FILE] [--markdown FILE] [STACK]`: what a reviewer of a plan must see.

It plans with the settings of the environment and changes nothing, or reads a plan in the format of `terraform
show -json`. It prints no values but those of attributes that cannot contain a secret. The last line is the
fingerprint of the plan for `pipenv run deploy --expect`.

Exits with 0 when nothing needs a second pair of eyes, with 2 when something does, and with 1 when that could
not be determined.
"""

import json
import os
import sys
from pathlib import Path

from constructs_lib.commands.arguments import Arguments
from constructs_lib.commands.failures import explain_failures
from constructs_lib.commands.folders import check_temporary_folder, replace_file
from constructs_lib.commands.planning import PlanningError, initialized
from constructs_lib.commands.terraform import TerraformError
from constructs_lib.review.markdown import markdown
from constructs_lib.review.plan import Plan, PlanError, read_plan
from constructs_lib.review.report import review
from constructs_lib.review.screen import screen

_NOTHING, _FAILED, _SOMETHING, _INTERRUPTED = 0, 1, 2, 130
_NAMELESS = "the plan"


def main() -> int:
    """Print the review and return the exit code; errors go to standard error."""
    parser = Arguments(prog="pipenv run review", description=(__doc__ or "").partition("\n\n")[2])
    parser.add_argument("--plan", type=Path, metavar="FILE", help="read this output of terraform show -json")
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="also write the review as Markdown")
    parser.add_argument("stack", nargs="?", metavar="STACK", help="stack, by default that of the payment API")
    arguments = parser.parse_args()
    try:
        if arguments.plan is not None:
            name, plan = arguments.stack or _NAMELESS, _read(arguments.plan)
        else:
            check_temporary_folder(os.environ)
            with initialized(os.environ, "review", arguments.stack) as stack:
                name, plan = stack.name, read_plan(stack.plan(lock=False))
    except (PlanError, PlanningError, TerraformError) as error:
        print(error, file=sys.stderr)
        return _FAILED
    except KeyboardInterrupt:
        return _INTERRUPTED
    found = review(plan)
    if arguments.markdown is not None:
        replace_file(arguments.markdown.absolute(), markdown(name, found))
    print(screen(name, found), flush=True)
    return _SOMETHING if found.needs_second_pair_of_eyes else _NOTHING


def _read(file: Path) -> Plan:
    try:
        document = json.loads(file.read_text(encoding="utf-8"))
    except (RecursionError, ValueError):
        raise PlanError(
            f"{file} is no JSON document: must be the output of terraform show -json PLAN"
        ) from None
    try:
        return read_plan(document)
    except PlanError as error:
        raise PlanError(f"{file}: {error}") from None


if __name__ == "__main__":
    explain_failures()
    sys.exit(main())
