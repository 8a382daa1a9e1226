"""`pipenv run pipeline STEP`: the steps of the workflows in .github/workflows; `--help` lists them.

Every step can be run by hand. What it tells the steps after it goes to the files of the runner, if any.
Exits with 0, or with 1 and one line on standard error.
"""

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from constructs_lib.commands import terraform
from constructs_lib.commands.arguments import Arguments
from constructs_lib.commands.failures import explain_failures
from constructs_lib.commands.folders import CHECKOUT, check_temporary_folder
from constructs_lib.commands.planning import PlanningError, initialized
from constructs_lib.commands.terraform import TerraformError
from constructs_lib.pipeline import comment, drift_issue, fingerprint, images, previews
from constructs_lib.pipeline.failures import PipelineError
from constructs_lib.pipeline.github import GitHub
from constructs_lib.pipeline.runner import Runner
from constructs_lib.pipeline.state import States
from constructs_lib.settings.loader import SettingsError, load_settings, read_context
from constructs_lib.settings.model import Settings
from constructs_lib.settings.names import stack_name

_NOTHING, _FAILED, _SOMETHING, _INTERRUPTED = 0, 1, 2, 130
_IMAGE = "PAYMENT_API_SERVICE__IMAGE"


def main(arguments: Sequence[str]) -> int:
    """Run one step and return the exit code."""
    given = _parsers()[0].parse_args(arguments)
    check_temporary_folder(os.environ)
    try:
        terraform.check_workspace(os.environ)
        given.step(given, dict(os.environ), Runner(os.environ))
    except (PipelineError, PlanningError, SettingsError, TerraformError) as error:
        print(error, file=sys.stderr)
        return _FAILED
    except KeyboardInterrupt:
        return _INTERRUPTED
    return _NOTHING


def steps() -> list[str]:
    """Return the names of all steps."""
    return list(_parsers()[1])


def _parsers() -> tuple[argparse.ArgumentParser, Mapping[str, argparse.ArgumentParser]]:
    """Return the parser of the command, and that of each step."""
    parser = Arguments(prog="pipenv run pipeline", description="The steps of the workflows.")
    steps = parser.add_subparsers(required=True, metavar="STEP")
    review = steps.add_parser("review", help="review the plan: its text, a summary and its fingerprint")
    review.add_argument("--markdown", type=Path, required=True, help="the file to write the review to")
    review.set_defaults(step=_review)
    renew = steps.add_parser("comment", help="renew the one comment of the deployment in a pull request")
    renew.add_argument("--pull-request", type=int, required=True)
    renew.add_argument("--file", type=Path, required=True, help="the Markdown to write")
    renew.set_defaults(step=_comment)
    steps.add_parser("drift", help="look for drift, and keep one issue about it").set_defaults(step=_drift)
    steps.add_parser("image", help="go on with the image that the deployment runs").set_defaults(step=_image)
    digest = steps.add_parser("digest", help="the digest to deploy: the given one, or the deployed image's")
    digest.add_argument("digest", nargs="?", default="", help="sha256:..., or nothing")
    digest.set_defaults(step=_digest)
    deployed = steps.add_parser("deployed", help="the URL and the digest of what is deployed now")
    deployed.add_argument("--digest", help="the digest that must be deployed")
    deployed.set_defaults(step=_deployed)
    steps.add_parser("orphans", help="the previews that no pull request needs").set_defaults(step=_orphans)
    steps.add_parser("destroy", help="destroy a preview that no pull request needs").set_defaults(
        step=_destroy
    )
    return parser, steps.choices


def _review(given: argparse.Namespace, environment: Mapping[str, str], runner: Runner) -> None:
    file: Path = given.markdown
    file.unlink(missing_ok=True)
    code, output = _run("review", "--markdown", str(file), environment=environment)
    if code not in (_NOTHING, _SOMETHING) or not file.is_file():
        name = stack_name(_suffix(environment))
        file.write_text(
            f"## {name}\n\nThe plan could not be reviewed: see {runner.link}.\n", encoding="utf-8"
        )
        runner.summary(file.read_text(encoding="utf-8"))
        raise PipelineError(f"the review failed with exit code {code}: see its messages above")
    runner.summary(file.read_text(encoding="utf-8"))
    runner.output(fingerprint=fingerprint.last_line_of(output))


def _comment(given: argparse.Namespace, environment: Mapping[str, str], _runner: Runner) -> None:
    try:
        text = given.file.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise PipelineError(f"{given.file} does not exist: run the step review first") from None
    name = stack_name(_suffix(environment))
    print(comment.renew(GitHub(environment), given.pull_request, f"review of {name}", text))


def _drift(_given: argparse.Namespace, environment: Mapping[str, str], runner: Runner) -> None:
    github, name = GitHub(environment), stack_name(_suffix(environment))
    code, report = _run("drift", environment=environment)
    if code == _SOMETHING:
        print(drift_issue.keep(github, name, report.strip(), runner.link))
    elif code == _NOTHING:
        print(drift_issue.close(github, name))
    else:
        raise PipelineError(f"drift could not be determined (exit code {code}): see the messages above")


def _image(_given: argparse.Namespace, environment: Mapping[str, str], runner: Runner) -> None:
    if image := _output(environment, "service_image"):
        runner.variable(**{_IMAGE: image})
    print(image or f"{stack_name(_suffix(environment))} has not recorded an image")


def _digest(given: argparse.Namespace, environment: Mapping[str, str], runner: Runner) -> None:
    digest = images.valid_digest(given.digest) if given.digest else _deployed_digest(environment)
    runner.output(digest=digest)
    print(digest)


def _deployed(given: argparse.Namespace, environment: Mapping[str, str], runner: Runner) -> None:
    if given.digest is not None:
        digest = _deployed_digest(environment)
        if digest != images.valid_digest(given.digest):
            raise PipelineError(f"the deployed digest is {digest}: must be {given.digest}")
        runner.output(digest=digest)
        print(digest)
    url = _output(environment, "api_url") or ""
    runner.output(url=url)
    print(url)


def _orphans(_given: argparse.Namespace, environment: Mapping[str, str], runner: Runner) -> None:
    github, states = GitHub(environment), States(_settings(environment))
    orphans = []
    for suffix in states.previews():
        if not states.has_resources(suffix):
            continue
        why = previews.why_kept(github, previews.number_of(suffix) or 0)
        print(f"{stack_name(suffix)}: {why or 'to be destroyed'}")
        if why is None:
            orphans.append(suffix)
    runner.output(suffixes=json.dumps(orphans))


def _destroy(_given: argparse.Namespace, environment: Mapping[str, str], _runner: Runner) -> None:
    suffix = _suffix(environment)
    number = previews.number_of(suffix)
    if number is None:
        raise PipelineError(
            f"ENVIRONMENT_SUFFIX is {json.dumps(suffix)}: must be that of a preview, such as pr-7"
        )
    if why := previews.why_kept(GitHub(environment), number):
        print(f"{stack_name(suffix)} stays: {why}")
        return
    settings = _settings(environment)
    if not States(settings).has_resources(suffix):
        print(f"{settings.name_prefix} does not exist")
        return
    with initialized(environment, "destroy") as stack:
        terraform.run_to_its_end(
            *("destroy", "-auto-approve", "-lock-timeout=10m", "-input=false", "-no-color"),
            directory=stack.directory,
            environment=stack.environment,
            shown=True,
        )


def _run(script: str, *arguments: str, environment: Mapping[str, str]) -> tuple[int, str]:
    """Run a script of the Pipfile, print its standard output, and return it with the exit code."""
    try:
        finished = subprocess.run(  # noqa: S603 - the arguments are constants and a path
            ("pipenv", "run", script, *arguments),  # noqa: S607 - the pipenv on the path
            # Without its notice that it runs inside of itself.
            env={**environment, "PIPENV_VERBOSITY": "-1", "PYTHONIOENCODING": "utf-8"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            encoding="utf-8",
            errors="replace",
            check=False,
        )
    except FileNotFoundError:
        raise PipelineError("pipenv is not on the path: must be installed, as the README says") from None
    print(finished.stdout, end="", flush=True)
    return finished.returncode, finished.stdout


def _suffix(environment: Mapping[str, str]) -> str:
    suffix = environment.get("ENVIRONMENT_SUFFIX", "")
    if not suffix:
        raise PipelineError("ENVIRONMENT_SUFFIX is not set: must be the suffix of the deployment")
    return suffix


def _output(environment: Mapping[str, str], name: str) -> str | None:
    settings = _settings(environment)
    return States(settings).output(settings.suffix, name)


def _deployed_digest(environment: Mapping[str, str]) -> str:
    image = _output(environment, "service_image")
    if image is None:
        name = stack_name(_suffix(environment))
        raise PipelineError(f"{name} has not recorded an image: must be deployed with a digest that is given")
    return images.digest_of(image)


def _settings(environment: Mapping[str, str]) -> Settings:
    """Return the settings of the deployment, whose image need not be known yet: only prod has no default."""
    region = environment.get("AWS_REGION", "us-east-1")
    anything = f"000000000000.dkr.ecr.{region}.amazonaws.com/unknown@sha256:{'0' * 64}"
    context = read_context(environment, CHECKOUT / "cdktf.json")
    return load_settings({_IMAGE: anything, **environment}, context)


if __name__ == "__main__":
    explain_failures()
    sys.exit(main(sys.argv[1:]))
