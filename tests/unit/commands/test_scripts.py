"""The scripts of the Pipfile, run in a folder of the checkout."""

import os
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.variables import inherited

_CHECKOUT = Path(__file__).parents[3]
_SCRIPTS = tomllib.loads((_CHECKOUT / "Pipfile").read_text("utf-8"))["scripts"]
# Some of its files are named as modules of Python are.
_FOLDER = _CHECKOUT / "constructs_lib" / "settings"
_PYTHON = str(Path(sys.executable).parent)


def run(
    script: str, *arguments: str, cwd: Path = _FOLDER, project: Path | None = _CHECKOUT, **variables: str
) -> subprocess.CompletedProcess[str]:
    """Run a script as pipenv does; without a project as a pipenv that does not say where it is."""
    told = {"PIPENV_PROJECT_DIR": str(project)} if project else {}
    path = os.pathsep.join([_PYTHON, os.environ["PATH"]])
    return subprocess.run(
        (*shlex.split(_SCRIPTS[script]), *arguments),
        cwd=cwd,
        env=inherited() | {"PATH": path} | told | variables,
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )


def test_synth_runs_main(tmp_path: Path) -> None:
    assert run("synth", CDKTF_OUTDIR=str(tmp_path)).returncode == 0
    assert (tmp_path / "manifest.json").is_file()


def test_synth_runs_main_at_the_root_where_pipenv_does_not_say_where_that_is(tmp_path: Path) -> None:
    finished = run("synth", cwd=_CHECKOUT, project=None, CDKTF_OUTDIR=str(tmp_path))
    assert (finished.returncode, finished.stderr) == (0, "")


@pytest.mark.parametrize(
    "script",
    ["adopt", "dashboard", "doctor", "drift", "local", "picture", "pipeline", "policy", "review"],
)
def test_a_script_that_runs_a_module_finds_it(script: str, tmp_path: Path) -> None:
    arguments = {"adopt": ("stack", "log"), "pipeline": ("image",)}.get(script, ())
    finished = run(script, *arguments, TMPDIR=str(tmp_path / "missing"))
    assert finished.returncode == 1
    assert finished.stderr.startswith("TMPDIR is ")


def test_a_log_to_adopt_from_is_relative_to_the_current_folder(tmp_path: Path) -> None:
    (tmp_path / "apply.log").touch()
    finished = run("adopt", "no-such-stack", "apply.log", cwd=tmp_path)
    assert "apply.log" not in finished.stderr
    assert finished.stderr.endswith("cdktf.out/stacks/no-such-stack/cdk.tf.json: No such file or directory\n")


# Tools that say where they are started and with what, in a project of which there is little else


@pytest.fixture
def project(tmp_path: Path) -> Path:
    project = tmp_path / "a project"
    (project / "folder").mkdir(parents=True)
    cli = project / ".cdktf" / "node_modules" / "cdktf-cli" / "bundle" / "bin" / "cdktf"
    cli.parent.mkdir(parents=True)
    cli.touch()
    for tool in ("pytest", "ruff", "mypy", "node"):
        program = tmp_path / "bin" / tool
        program.parent.mkdir(exist_ok=True)
        program.write_text(f'#!/bin/sh\necho "{tool} $@ in ${{PWD##*/}}"\n', encoding="utf-8")
        program.chmod(0o755)
    return project


def said(project: Path, script: str, *arguments: str) -> list[str]:
    path = os.pathsep.join([str(project.parent / "bin"), os.environ["PATH"]])
    finished = run(script, *arguments, cwd=project / "folder", project=project, PATH=path)
    return (finished.stdout + finished.stderr).splitlines()


def test_lint_looks_at_the_whole_project(project: Path) -> None:
    assert said(project, "lint") == [
        "ruff check . in a project",
        "ruff format --check . in a project",
        "mypy  in a project",
    ]


def test_test_runs_all_tests(project: Path) -> None:
    assert said(project, "test") == ["pytest  in a project"]


def test_test_takes_files_relative_to_the_current_folder(project: Path) -> None:
    assert said(project, "test", "test_a.py", "-k", "a b") == ["pytest test_a.py -k a b in folder"]


def test_cdktf_runs_where_its_configuration_is(project: Path) -> None:
    cli = ".cdktf/node_modules/cdktf-cli/bundle/bin/cdktf"
    assert said(project, "cdktf", "diff", "a-stack") == [f"node {cli} diff a-stack in a project"]


def test_cdktf_that_is_not_installed_says_how_to_install_it(project: Path) -> None:
    (project / ".cdktf").rename(project / "elsewhere")
    assert said(project, "cdktf", "diff") == [
        "The command line of CDKTF is not installed: pipenv run npm ci --prefix .cdktf"
    ]
