"""The dev environment deployed, compared and destroyed with the `cdktf` command line."""

import json
import os
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.emulator import processes
from tests.emulator.background import Work
from tests.emulator.deployment import CHECKOUT, Deployment
from tests.emulator.processes import Finished
from tests.emulator.requirements import skip_or_fail
from tests.emulator.server import Emulator

_CLI = CHECKOUT / ".cdktf" / "node_modules" / ".bin" / "cdktf"
_PROJECT = ("cdktf.json", "constructs_lib", "main.py")
# Not the account of the dev profile; bucket names are unique across all accounts.
_ACCOUNT_ID = "210987654321"
_SETTINGS = {"ENVIRONMENT_SUFFIX": "dev", "PAYMENT_API_STATE__BUCKET": "payment-api-state-of-the-cli"}


@dataclass(frozen=True)
class Commands:
    """The results of the three commands, run in this order, and the state after the last one."""

    deploy: Finished
    diff: Finished
    destroy: Finished
    state: dict[str, Any]


def _run_commands(emulator: Emulator, directory: Path) -> Commands:
    """Run deploy, diff and destroy in a copy of the project, because cdktf writes into the project."""
    if not _CLI.exists():
        skip_or_fail("the cdktf CLI is not installed: npm ci --prefix .cdktf")
    deployment = Deployment(emulator.other_account(_ACCOUNT_ID), directory, settings=_SETTINGS)
    deployment.prepare()
    project = directory / "project"
    project.mkdir()
    for name in _PROJECT:
        source = CHECKOUT / name
        copy = shutil.copytree if source.is_dir() else shutil.copy
        copy(source, project / name)
    # `python` in cdktf.json and the node that runs the CLI are those of the virtual environment.
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    # CI=1 makes the CLI print plain lines; its interactive screen overwrites Terraform's messages.
    for_the_cli = {"PATH": path, "CDKTF_HOME": str(project / "home"), "CI": "1"}
    environment = {**deployment.environment, **_SETTINGS, **for_the_cli}

    def cdktf(command: str, *options: str) -> Finished:
        arguments = (str(_CLI), command, deployment.name, "--skip-provider-lock", *options)
        return processes.run(arguments, directory=project, environment=environment)

    deploy, diff = cdktf("deploy", "--auto-approve"), cdktf("diff")
    destroy = cdktf("destroy", "--auto-approve")
    stored = deployment.account.client("s3").get_object(
        Bucket=_SETTINGS["PAYMENT_API_STATE__BUCKET"], Key="payment-api/dev/terraform.tfstate"
    )
    return Commands(deploy, diff, destroy, json.load(stored["Body"]))


COMMANDS = Work("commands", _run_commands)
