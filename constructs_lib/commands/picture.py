"""`pipenv run picture`: draws the architecture from the synthesized stacks, or what a plan changes in it.

Without arguments it writes the pictures of the documentation, which show prod with example settings. Exits
with 0, or with 1 and one line if a picture cannot be drawn.
"""

import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from constructs_lib.commands.arguments import Arguments, picture_file
from constructs_lib.commands.failures import explain_failures
from constructs_lib.commands.folders import CHECKOUT, check_temporary_folder
from constructs_lib.commands.synthesis import SynthesisError, example_environment, synthesized
from constructs_lib.pictures.architecture import architecture
from constructs_lib.pictures.resources import PictureError, of_plan, of_stack
from constructs_lib.pictures.themes import Theme

_DONE, _FAILED = 0, 1

OF_DOCUMENTATION: Mapping[Path, Theme] = {
    CHECKOUT / "docs" / "architecture.png": "light",
    CHECKOUT / "docs" / "architecture-dark.png": "dark",
}


def main(arguments: list[str], environment: Mapping[str, str]) -> int:
    """Draw, and return the exit code; errors go to standard error."""
    # Here, so that a package that is not installed is reported in one line.
    from constructs_lib.pictures.drawing import png, source  # noqa: PLC0415

    parser = Arguments(prog="pipenv run picture", description="Draw the architecture.", allow_abbrev=False)
    parser.add_argument(
        "--output",
        metavar="FILE.png",
        type=picture_file,
        help="draw the deployment of the environment's settings to this file",
    )
    parser.add_argument(
        "--plan",
        metavar="FILE",
        type=Path,
        help="draw what this plan changes, in the format of `terraform show -json`; needs --output",
    )
    parser.add_argument("--dark", action="store_true", help="on a dark background; needs --output")
    given = parser.parse_args(arguments)
    if given.output is None and (given.plan is not None or given.dark):
        parser.error("--plan and --dark need --output FILE.png")
    check_temporary_folder(environment)
    try:
        if given.plan is not None:
            resources = of_plan(_read(given.plan))
            changes = resources
        else:
            of_settings = environment if given.output else example_environment(environment)
            resources = [each for stack in synthesized(of_settings) for each in of_stack(stack)]
            changes = None
        shown = architecture(resources)
        chosen: Theme = "dark" if given.dark else "light"
        for file, theme in ({given.output: chosen} if given.output else OF_DOCUMENTATION).items():
            file.write_bytes(png(source(shown, theme=theme, resources=changes)))
            print(os.path.relpath(file))
    except (PictureError, SynthesisError) as error:
        print(error, file=sys.stderr)
        return _FAILED
    return _DONE


def _read(file: Path) -> Mapping[str, Any]:
    try:
        plan = json.loads(file.read_bytes())
    except (json.JSONDecodeError, UnicodeDecodeError):
        raise PictureError(
            f"{file} is not JSON: must be the output of `terraform show -json PLANFILE`"
        ) from None
    if not isinstance(plan, dict):
        raise PictureError(f"{file} is not a plan: must be the output of `terraform show -json PLANFILE`")
    return plan


if __name__ == "__main__":
    explain_failures()
    sys.exit(main(sys.argv[1:], os.environ))
