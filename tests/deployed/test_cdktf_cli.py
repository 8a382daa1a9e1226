"""The cdktf command line puts the dev environment up, finds nothing to change, and takes it down."""

import re

import pytest

from tests.deployed.cdktf_cli import COMMANDS, Commands
from tests.emulator.background import Background


@pytest.fixture(scope="module")
def commands(background: Background) -> Commands:
    """What deploy, diff and destroy said."""
    return background.result(COMMANDS)


def test_deploy_prints_the_outputs(commands: Commands) -> None:
    assert commands.deploy.exit_code == 0, commands.deploy.stdout + commands.deploy.stderr
    assert re.search(r"api_url = https://payment-api\.example\.com", commands.deploy.stdout)


def test_diff_finds_nothing_to_change(commands: Commands) -> None:
    assert "No changes." in commands.diff.stdout


def test_destroy_leaves_nothing_in_the_state(commands: Commands) -> None:
    assert commands.destroy.exit_code == 0, commands.destroy.stdout + commands.destroy.stderr
    assert commands.state["resources"] == []
