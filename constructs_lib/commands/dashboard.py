"""`pipenv run dashboard`: draws the CloudWatch dashboard from its JSON, with sample data.

Without arguments it writes the picture of the documentation, which shows prod with example settings. Exits
with 0, or with 1 and one line if the picture cannot be drawn.
"""

import os
import sys
from collections.abc import Mapping

from constructs_lib.commands.arguments import Arguments, picture_file
from constructs_lib.commands.failures import explain_failures
from constructs_lib.commands.folders import CHECKOUT, check_temporary_folder
from constructs_lib.commands.synthesis import SynthesisError, example_environment, synthesized
from constructs_lib.pictures.resources import PictureError
from constructs_lib.pictures.widgets import board

_DONE, _FAILED = 0, 1

OF_DOCUMENTATION = CHECKOUT / "docs" / "dashboard.png"


def main(arguments: list[str], environment: Mapping[str, str]) -> int:
    """Draw, and return the exit code; errors go to standard error."""
    # Here, so that a package that is not installed is reported in one line.
    from constructs_lib.pictures.dashboard import png  # noqa: PLC0415

    parser = Arguments(prog="pipenv run dashboard", description="Draw the dashboard.", allow_abbrev=False)
    parser.add_argument(
        "--output",
        metavar="FILE.png",
        type=picture_file,
        help="draw the dashboard of the environment's settings to this file",
    )
    given = parser.parse_args(arguments)
    check_temporary_folder(environment)
    file = given.output or OF_DOCUMENTATION
    try:
        stacks = synthesized(environment if given.output else example_environment(environment))
        (with_dashboard,) = (each for each in stacks if "aws_cloudwatch_dashboard" in each["resource"])
        file.write_bytes(png(board(with_dashboard)))
    except (PictureError, SynthesisError) as error:
        print(error, file=sys.stderr)
        return _FAILED
    print(os.path.relpath(file))
    return _DONE


if __name__ == "__main__":
    explain_failures()
    sys.exit(main(sys.argv[1:], os.environ))
