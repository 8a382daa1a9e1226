"""The cdktf command line: puts the dev environment up, looks for changes, and takes it down again."""

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
# An account beside the one that the other tests share; bucket names are one for all accounts.
_ACCOUNT_ID = "210987654321"
_SETTINGS = {"ENVIRONMENT_SUFFIX": "dev", "PAYMENT_API_STATE__BUCKET": "payment-api-state-of-the-cli"}


@dataclass(frozen=True)
class Commands:
    """What each command said, one after the other, and the state that the last one left."""

    deploy: Finished
    diff: Finished
    destroy: Finished
    state: dict[str, Any]


def _commands(emulator: Emulator, directory: Path) -> Commands:
    """Run them in a copy of the project, so that nothing of it is left in the checkout."""
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
    # The `python` of cdktf.json, and the node that the CLI runs on, are those of the virtual environment.
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    # CI: plain lines; on its redrawn screen Terraform's own messages get lost.
    own = {"PATH": path, "CDKTF_HOME": str(project / "home"), "CI": "1"}
    environment = {**deployment.environment, **_SETTINGS, **own}

    def cdktf(command: str, *options: str) -> Finished:
        called = (str(_CLI), command, deployment.name, "--skip-provider-lock", *options)
        return processes.run(called, directory=project, environment=environment)

    deploy, diff = cdktf("deploy", "--auto-approve"), cdktf("diff")
    destroy = cdktf("destroy", "--auto-approve")
    stored = deployment.account.client("s3").get_object(
        Bucket=_SETTINGS["PAYMENT_API_STATE__BUCKET"], Key="payment-api/dev/terraform.tfstate"
    )
    return Commands(deploy, diff, destroy, json.load(stored["Body"]))


COMMANDS = Work("commands", _commands)
