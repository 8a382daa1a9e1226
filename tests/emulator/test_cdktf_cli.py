"""The cdktf command line puts the dev environment up, finds nothing to change, and takes it down."""

import json
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.emulator import processes
from tests.emulator.deployment import CHECKOUT, Deployment
from tests.emulator.processes import Finished
from tests.emulator.providers import ProvidersUnavailableError
from tests.emulator.requirements import skip_or_fail, terraform_or_skip
from tests.emulator.server import Emulator

_CLI = CHECKOUT / ".cdktf" / "node_modules" / ".bin" / "cdktf"
_PROJECT = ("cdktf.json", "constructs_lib", "main.py")
# An account beside the one that the other tests share; bucket names are one for all accounts.
_ACCOUNT_ID = "210987654321"
_SETTINGS = {"ENVIRONMENT_SUFFIX": "dev", "PAYMENT_API_STATE__BUCKET": "payment-api-state-of-the-cli"}

Cdktf = Callable[..., Finished]


@pytest.fixture(scope="module")
def deployment(emulator: Emulator) -> Iterator[Deployment]:
    """An account in which the state bucket and the hosted zone stand, and nothing else."""
    terraform_or_skip()
    if not _CLI.exists():
        skip_or_fail("the cdktf CLI is not installed: npm ci --prefix .cdktf")
    with tempfile.TemporaryDirectory(prefix="pa-", ignore_cleanup_errors=True) as directory:
        try:
            made = Deployment(emulator.other_account(_ACCOUNT_ID), Path(directory), settings=_SETTINGS)
        except ProvidersUnavailableError as error:
            skip_or_fail(str(error))
        made.prepare()
        yield made


@pytest.fixture(scope="module")
def cdktf(deployment: Deployment, tmp_path_factory: pytest.TempPathFactory) -> Cdktf:
    """Runs the CLI in a copy of the project, so that nothing of it is left in the checkout."""
    project = tmp_path_factory.mktemp("project")
    for name in _PROJECT:
        source = CHECKOUT / name
        copy = shutil.copytree if source.is_dir() else shutil.copy
        copy(source, project / name)
    # The `python` of cdktf.json, and the node that the CLI runs on, are those of the virtual environment.
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    # CI: plain lines; on its redrawn screen Terraform's own messages get lost.
    own = {"PATH": path, "CDKTF_HOME": str(project / "home"), "CI": "1"}
    environment = {**deployment.environment, **_SETTINGS, **own}

    def run(*arguments: str) -> Finished:
        return processes.run((str(_CLI), *arguments), directory=project, environment=environment)

    return run


@pytest.fixture(scope="module")
def deployed(cdktf: Cdktf, deployment: Deployment) -> Finished:
    """What `cdktf deploy` said."""
    finished = cdktf("deploy", deployment.name, "--auto-approve", "--skip-provider-lock")
    assert finished.exit_code == 0, finished.stdout + finished.stderr
    return finished


def test_deploy_prints_the_outputs(deployed: Finished) -> None:
    assert re.search(r"api_url = https://payment-api\.example\.com", deployed.stdout)


@pytest.mark.usefixtures("deployed")
def test_diff_finds_nothing_to_change(cdktf: Cdktf, deployment: Deployment) -> None:
    assert "No changes." in cdktf("diff", deployment.name, "--skip-provider-lock").stdout


@pytest.mark.usefixtures("deployed")
def test_destroy_leaves_nothing_in_the_state(cdktf: Cdktf, deployment: Deployment) -> None:
    finished = cdktf("destroy", deployment.name, "--auto-approve", "--skip-provider-lock")

    assert finished.exit_code == 0, finished.stdout + finished.stderr
    document = deployment.account.client("s3").get_object(
        Bucket=_SETTINGS["PAYMENT_API_STATE__BUCKET"], Key="payment-api/dev/terraform.tfstate"
    )["Body"]
    assert json.load(document)["resources"] == []
