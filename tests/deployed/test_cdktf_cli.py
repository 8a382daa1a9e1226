"""The `cdktf` command line deploys the dev environment, finds no changes in it, and destroys it."""

import re

import pytest

from tests.deployed.cdktf_cli import COMMANDS, Commands
from tests.emulator.background import Background


@pytest.fixture(scope="module")
def commands(background: Background) -> Commands:
    """The results of deploy, diff and destroy."""
    return background.result(COMMANDS)


def test_deploy_prints_the_outputs(commands: Commands) -> None:
    assert commands.deploy.exit_code == 0, commands.deploy.stdout + commands.deploy.stderr
    assert re.search(r"api_url = https://payment-api\.example\.com", commands.deploy.stdout)


def test_diff_finds_no_changes_after_deploy(commands: Commands) -> None:
    assert "No changes." in commands.diff.stdout


def test_destroy_leaves_no_resource_in_the_state(commands: Commands) -> None:
    assert commands.destroy.exit_code == 0, commands.destroy.stdout + commands.destroy.stderr
    assert commands.state["resources"] == []
