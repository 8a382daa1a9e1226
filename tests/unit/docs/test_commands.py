"""Every command in the README and docs/ is run by something, or the page says why it cannot be.

A `bash` block has one of these comments above it:

- `<!-- run: FILE -->`: the file's tests run the command, or the calls that it makes. After a comma, how.
- `<!-- run here -->`: this file runs the block as it is.
- `<!-- not run: REASON -->`: it needs AWS, a person, or a placeholder to be filled in.
- `<!-- local -->` and `<!-- test -->`: .ci/run takes the block out of the README and runs it.
"""

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from constructs_lib.settings.loader import VARIABLES
from tests.unit.docs.pages import CHECKOUT, PAGES, Block, blocks, code, name
from tests.variables import inherited

BASH = [block for page in PAGES for block in blocks(page) if block.language == "bash"]
RUN_HERE = [block for block in BASH if "run here" in block.comments]
SCRIPTS = tomllib.loads((CHECKOUT / "Pipfile").read_text(encoding="utf-8"))["scripts"]
LONGEST_SECONDS = 600


def reasons(block: Block) -> list[str]:
    """What the comments say of who runs the block, or why nobody does; a file that does not exist is none."""
    valid = []
    for comment in block.comments:
        kind, _, rest = comment.partition(": ")
        if kind in ("local", "test") and f"$(command_of {kind})" in (CHECKOUT / ".ci/run").read_text("utf-8"):
            valid.append(comment)
        if kind == "run here" or (kind == "not run" and rest):
            valid.append(comment)
        if kind == "run" and (CHECKOUT / rest.partition(",")[0]).is_file():
            valid.append(comment)
    return valid


@pytest.mark.parametrize("block", BASH, ids=str)
def test_a_block_is_run_or_says_why_not(block: Block) -> None:
    assert len(reasons(block)) == 1, block.comments


@pytest.mark.parametrize("block", BASH, ids=str)
def test_a_block_is_valid_bash(block: Block) -> None:
    checked = subprocess.run(["bash", "-n"], input=block.content, capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stderr


def test_an_object_is_written_with_a_checksum() -> None:
    """S3 requires it in a bucket with Object Lock, and older versions of the AWS CLI send none by default."""
    commands = [line for block in BASH for line in block.content.splitlines() if "s3api put-object " in line]

    assert commands
    assert [command for command in commands if "--checksum-algorithm SHA256" not in command] == []


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_scripts_that_a_page_names_exist(page: Path) -> None:
    named = re.findall(r"pipenv run ([a-z]+)", page.read_text(encoding="utf-8"))
    # npm is a program of the virtual environment.
    assert set(named) <= {*SCRIPTS, "npm"}


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_variables_that_a_page_names_exist(page: Path) -> None:
    named = re.findall(r"\bPAYMENT_API_[A-Z0-9_]*[A-Z0-9]", page.read_text(encoding="utf-8"))
    assert set(named) <= VARIABLES.keys()


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_settings_that_a_page_names_exist(page: Path) -> None:
    groups = {group for group, _ in VARIABLES.values()}
    named = [re.fullmatch(r"([a-z_]+)\.([a-z_]+)", each) for each in code(page.read_text(encoding="utf-8"))]
    settings = {match.groups() for match in named if match and match[1] in groups}
    # The name of the service's own option in Terraform, not a setting.
    assert settings - {("service", "execute_command")} <= set(VARIABLES.values())


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """An environment without a person's settings, in which scripts write to a folder of the test."""
    folder = Path(sys.executable).parent
    path = os.pathsep.join([str(folder), os.environ["PATH"]])
    if shutil.which("pipenv", path=path) is None:
        pytest.skip("pipenv is not installed")
    quiet = {"PIPENV_VERBOSITY": "-1", "PIPENV_IGNORE_VIRTUALENVS": "0", "VIRTUAL_ENV": str(folder.parent)}
    return {**inherited(), **quiet, "PATH": path, "CDKTF_OUTDIR": str(tmp_path / "out")}


@pytest.mark.parametrize("block", RUN_HERE, ids=str)
def test_a_block_runs(block: Block, environment: dict[str, str]) -> None:
    finished = subprocess.run(
        ["bash", "-euc", block.content],
        cwd=CHECKOUT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=LONGEST_SECONDS,
    )
    assert finished.returncode == 0, finished.stdout + finished.stderr


def block_with(*comments: str) -> Block:
    return Block(CHECKOUT / "README.md", 1, "bash", "true", comments)


@pytest.mark.parametrize(
    "comment", ["run", "run: ", "run: tests/missing.py", "not run", "not run: ", "restore", "lint"]
)
def test_a_comment_that_names_nothing_is_not_enough(comment: str) -> None:
    assert reasons(block_with(comment)) == []


def test_a_block_without_a_comment_is_reported() -> None:
    assert reasons(block_with()) == []
