"""The folders of constructs_lib import downward only, as .importlinter defines it."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[2]


def lint_imports(folder: Path) -> subprocess.CompletedProcess[str]:
    """Check the imports of the copy of constructs_lib in a folder."""
    command = "from importlinter.cli import lint_imports_command; lint_imports_command()"
    return subprocess.run(
        [sys.executable, "-c", command, "--no-cache", "--no-logo", str(CHECKOUT / ".importlinter")],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the package, for tests to add an import to."""
    shutil.copytree(CHECKOUT / "constructs_lib", tmp_path / "constructs_lib")
    return tmp_path


def test_imports_go_down() -> None:
    checked = lint_imports(CHECKOUT)
    assert checked.returncode == 0, checked.stdout


@pytest.mark.parametrize(
    ("module", "imported"),
    [
        ("settings/regions", "foundation.iam"),
        ("foundation/iam", "network.vpc"),
        ("network/vpc", "edge.load_balancer"),
        ("edge/domain", "database.engine"),
        ("database/engine", "edge.domain"),
        ("edge/domain", "service.container"),
        ("service/container", "monitoring.alarm"),
        ("monitoring/metrics", "stacks.state"),
        ("stacks/state", "commands.drift"),
        ("stacks/state", "doctor.findings"),
        ("doctor/findings", "commands.drift"),
        ("review/plan", "commands.drift"),
        ("stacks/state", "review.plan"),
        ("commands/adopt", "database.engine"),
        ("doctor/findings", "foundation.terraform"),
        ("pictures/png", "monitoring.alarm"),
        ("pipeline/github", "foundation.iam"),
        ("review/plan", "service.container"),
        ("bindings/kernel", "commands.drift"),
    ],
)
def test_an_import_that_goes_up_is_reported(copy: Path, module: str, imported: str) -> None:
    with (copy / "constructs_lib" / f"{module}.py").open("a") as file:
        file.write(f"import constructs_lib.{imported}\n")
    checked = lint_imports(copy)
    assert checked.returncode == 1
    importer = f"constructs_lib.{module.replace('/', '.')}"
    assert f"{importer} -> constructs_lib.{imported}" in checked.stdout


def test_a_new_folder_needs_its_place(copy: Path) -> None:
    (copy / "constructs_lib" / "queue").mkdir()
    (copy / "constructs_lib" / "queue" / "__init__.py").touch()
    checked = lint_imports(copy)
    assert checked.returncode == 1
    assert "queue" in checked.stdout


def test_no_command_imports_cdktf() -> None:
    """Without the fast bindings, which main.py installs, importing a construct takes 20 seconds."""
    commands = [
        f"constructs_lib.commands.{file.stem}"
        for file in (CHECKOUT / "constructs_lib/commands").glob("[!_]*.py")
    ]
    program = f"import sys, {', '.join(commands)}; print(sorted({{'cdktf', 'jsii'}} & {{*sys.modules}}))"
    finished = subprocess.run(
        [sys.executable, "-c", program], cwd=CHECKOUT, capture_output=True, text=True, check=True
    )
    assert finished.stdout == "[]\n"
