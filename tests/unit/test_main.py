"""main.py as a process: what it writes, and how it refuses settings."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.variables import inherited

ROOT = Path(__file__).parents[2]


def run_main(folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run main.py on a clean environment, its output folder inside the given one."""
    return subprocess.run(
        [sys.executable, ROOT / "main.py"],
        cwd=ROOT,
        env={**inherited(), "CDKTF_OUTDIR": str(folder / "out"), **variables},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("refused")


@pytest.fixture(scope="module")
def refused(folder: Path) -> subprocess.CompletedProcess[str]:
    return run_main(folder, AWS_REGION="mars-1", PAYMENT_API_SERVICE__CPU="300")


def test_a_refusals_exit_code_is_one(refused: subprocess.CompletedProcess[str]) -> None:
    assert refused.returncode == 1


def test_a_refusal_says_why_on_stderr_and_nothing_else(refused: subprocess.CompletedProcess[str]) -> None:
    assert refused.stderr == (
        "The settings are refused:\n"
        '  - AWS_REGION is "mars-1": must be an AWS region, such as us-east-1\n'
        '  - PAYMENT_API_SERVICE__CPU is "300": must be 256, 512, 1024, 2048, 4096, 8192, 16384 or 32768\n'
    )
    assert refused.stdout == ""


@pytest.mark.usefixtures("refused")
def test_a_refusal_writes_nothing(folder: Path) -> None:
    assert list(folder.iterdir()) == []


def test_a_suffix_in_the_context_names_the_stack(tmp_path: Path) -> None:
    written = run_main(tmp_path, CDKTF_CONTEXT_JSON='{"environment_suffix": "pr-7"}')
    assert written.returncode == 0, written.stderr
    assert sorted(stack.name for stack in (tmp_path / "out" / "stacks").iterdir()) == [
        "payment-api-pr-7",
        "payment-api-state",
    ]


def test_the_folders_above_the_output_folder_are_made(tmp_path: Path) -> None:
    written = run_main(tmp_path, CDKTF_OUTDIR=str(tmp_path / "not" / "there" / "yet"))
    assert written.returncode == 0, written.stderr
    assert (tmp_path / "not/there/yet/stacks/payment-api-dev/cdk.tf.json").is_file()


def test_an_output_folder_that_cannot_be_made_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    refused = run_main(tmp_path, CDKTF_OUTDIR=str(tmp_path / "file" / "below"))
    assert refused.returncode == 1
    assert refused.stderr.startswith(f'CDKTF_OUTDIR is "{tmp_path}/file/below": must be a folder')
    assert "Traceback" not in refused.stderr
