"""zizmor and actionlint find nothing in the workflows, and would find a mistake."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.unit.workflows.files import GITHUB

_PROGRAMS = Path(sys.executable).parent


def zizmor(folder: Path) -> subprocess.CompletedProcess[str]:
    """Audit a folder by the strictest rules, without the network."""
    command = ("zizmor", "--offline", "--no-progress", "--persona=auditor", "--collect=all", str(folder))
    return _run(command, folder)


def actionlint(folder: Path) -> subprocess.CompletedProcess[str]:
    """Check the workflows in a folder, the same wherever shellcheck is installed."""
    files = sorted(str(path) for path in (folder / "workflows").glob("*.yml"))
    return _run(("actionlint", "-no-color", "-shellcheck=", "-pyflakes=", *files), folder.parent)


def _run(command: tuple[str, ...], folder: Path) -> subprocess.CompletedProcess[str]:
    program = str(_PROGRAMS / command[0])
    return subprocess.run(
        (program, *command[1:]), cwd=folder, capture_output=True, encoding="utf-8", check=False
    )


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the workflows in a repository, for tests to plant a mistake in."""
    shutil.copytree(GITHUB, tmp_path / ".github")
    subprocess.run(("git", "init", "--quiet", str(tmp_path)), check=True)
    return tmp_path / ".github"


def plant(copy: Path, workflow: str, right: str, wrong: str) -> None:
    """Replace a text of a workflow, which must be there."""
    path = copy / "workflows" / f"{workflow}.yml"
    text = path.read_text(encoding="utf-8")
    assert right in text
    path.write_text(text.replace(right, wrong, 1), encoding="utf-8")


def test_zizmor_finds_nothing() -> None:
    found = zizmor(GITHUB)
    assert found.returncode == 0, found.stdout + found.stderr


def test_actionlint_finds_nothing() -> None:
    found = actionlint(GITHUB)
    assert (found.returncode, found.stdout) == (0, ""), found.stdout + found.stderr


@pytest.mark.parametrize(
    ("workflow", "right", "wrong", "rule"),
    [
        ("plan", "pull_request:\n", "pull_request_target:\n", "dangerous-triggers"),
        (
            "plan",
            'pull-request "$PULL_REQUEST"',
            'pull-request "${{ github.head_ref }}"',
            "template-injection",
        ),
        ("plan", "persist-credentials: false", "persist-credentials: true", "artipacked"),
        ("drift", "permissions:\n  contents: read\n", "permissions: write-all\n", "excessive-permissions"),
        (
            "deploy",
            "actions/checkout@de0fac2e4500dabe0009e67214ff5f5447ce83dd # v6.0.2",
            "actions/checkout@v6",
            "unpinned-uses",
        ),
        ("drift", " # to open, renew and close the issue", "", "undocumented-permissions"),
    ],
)
def test_zizmor_finds_a_planted_mistake(copy: Path, workflow: str, right: str, wrong: str, rule: str) -> None:
    plant(copy, workflow, right, wrong)
    found = zizmor(copy)
    assert found.returncode != 0
    assert f"[{rule}]" in found.stdout


@pytest.mark.parametrize(
    ("workflow", "right", "wrong", "message"),
    [
        (
            "deploy",
            "needs.image.outputs.digest",
            "needs.image.outputs.digset",
            'property "digset" is not defined',
        ),
        ("deploy", "      suffix: staging\n", "", 'input "suffix" is required'),
        ("preview", "types: [labeled,", "types: [labelled,", 'invalid activity type "labelled"'),
        ("sweep", "needs: find", "needs: fnd", 'needs job "fnd" which does not exist'),
    ],
)
def test_actionlint_finds_a_planted_mistake(
    copy: Path, workflow: str, right: str, wrong: str, message: str
) -> None:
    plant(copy, workflow, right, wrong)
    found = actionlint(copy)
    assert found.returncode != 0
    assert message in found.stdout
