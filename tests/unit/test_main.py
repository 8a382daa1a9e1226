"""main.py as a process: what it writes, and how it refuses settings and a machine that lacks something."""

import json
import os
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.variables import inherited

ROOT = Path(__file__).parents[2]


def run_main(
    folder: Path, *options: str, cwd: Path = ROOT, **variables: str
) -> subprocess.CompletedProcess[str]:
    """Run main.py on a clean environment, its output folder inside the given one."""
    return subprocess.run(
        [sys.executable, *options, ROOT / "main.py"],
        cwd=cwd,
        env={**inherited(), "CDKTF_OUTDIR": str(folder / "out"), **variables},
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
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
        "payment-api-images",
        "payment-api-pr-7",
        "payment-api-state",
    ]


def test_the_folders_above_the_output_folder_are_made(tmp_path: Path) -> None:
    written = run_main(tmp_path, CDKTF_OUTDIR=str(tmp_path / "not" / "there" / "yet"))
    assert written.returncode == 0, written.stderr
    assert (tmp_path / "not/there/yet/stacks/payment-api-dev/cdk.tf.json").is_file()


@pytest.mark.parametrize("fast", ["1", "0"])
def test_a_synthesis_prints_nothing_whatever_node_is_on_the_path(tmp_path: Path, fast: str) -> None:
    node = tmp_path / "bin" / "node"
    node.parent.mkdir()
    node.write_text("#!/bin/sh\necho This release of Node is not supported >&2\nexit 1\n", encoding="utf-8")
    node.chmod(0o755)
    path = os.pathsep.join([str(node.parent), os.environ["PATH"]])
    written = run_main(tmp_path, PATH=path, CDKTF_FAST_BINDINGS=fast)
    assert (written.returncode, written.stdout, written.stderr) == (0, "", "")


def test_started_in_another_folder_it_keeps_the_state_of_the_state_stack_in_the_checkout(
    tmp_path: Path,
) -> None:
    written = run_main(tmp_path, cwd=tmp_path, CDKTF_OUTDIR="relative")
    assert written.returncode == 0, written.stderr
    stack = json.loads((tmp_path / "relative/stacks/payment-api-state/cdk.tf.json").read_text("utf-8"))
    assert stack["terraform"]["backend"]["local"]["path"] == str(ROOT / "terraform.payment-api-state.tfstate")


# A machine that lacks something


def one_line(finished: subprocess.CompletedProcess[str]) -> str:
    """The only line that a failed run says, on stderr."""
    assert (finished.returncode, finished.stdout) == (1, "")
    (line,) = finished.stderr.splitlines()
    return line


def test_an_output_folder_that_cannot_be_made_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    refused = run_main(tmp_path, CDKTF_OUTDIR=str(tmp_path / "file" / "below"))
    assert one_line(refused) == (
        f'CDKTF_OUTDIR is "{tmp_path}/file/below": must be a writable folder (Not a directory)'
    )


def test_an_empty_name_of_the_output_folder_is_refused(tmp_path: Path) -> None:
    refused = run_main(tmp_path, CDKTF_OUTDIR="")
    assert one_line(refused) == 'CDKTF_OUTDIR is "": must be the path of a folder, or not set'


def test_a_named_workspace_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    assert one_line(run_main(tmp_path, TF_WORKSPACE="ci")).startswith(
        'TF_WORKSPACE is "ci": must be "default"'
    )
    assert list(tmp_path.iterdir()) == []


def test_a_missing_folder_for_temporary_files_is_refused_by_name(tmp_path: Path) -> None:
    refused = run_main(tmp_path, TMPDIR=str(tmp_path / "missing"))
    assert one_line(refused) == (
        f'TMPDIR is "{tmp_path}/missing": must be a writable folder (No such file or directory)'
    )


@pytest.mark.parametrize("fast", ["1", "0"])
def test_a_home_that_cannot_hold_jsiis_cache_is_said_with_what_to_do(tmp_path: Path, fast: str) -> None:
    (tmp_path / "file").touch()
    line = one_line(run_main(tmp_path, HOME=str(tmp_path / "file"), CDKTF_FAST_BINDINGS=fast))
    assert str(tmp_path / "file") in line
    assert "set JSII_RUNTIME_PACKAGE_CACHE_ROOT to a different directory" in line


def test_a_home_in_which_no_folder_can_be_created_is_refused(tmp_path: Path) -> None:
    """Node's recursive mkdir would never end."""
    line = one_line(run_main(tmp_path, HOME="/proc"))
    assert line.startswith("jsii's package cache /proc/.cache/aws/jsii/package-cache cannot be created (")


def test_a_setting_that_the_locale_cannot_express_is_refused_by_name(tmp_path: Path) -> None:
    refused = run_main(
        tmp_path, PAYMENT_API_SERVICE__CPU="größe", LC_ALL="C", PYTHONCOERCECLOCALE="0", PYTHONUTF8="0"
    )
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "\n  - PAYMENT_API_SERVICE__CPU is " in refused.stderr


@pytest.mark.parametrize("fast", ["1", "0"])
@pytest.mark.parametrize(
    ("node", "reason"),
    [
        (None, "this Node cannot be started; JSII_NODE must name the executable of Node"),
        ("no program", "Exec format error"),
        ("#!/bin/sh\n", "Node exited unexpectedly"),
    ],
    ids=["missing", "no program", "ends at once"],
)
def test_a_node_that_does_not_work_is_said(tmp_path: Path, node: str | None, reason: str, fast: str) -> None:
    file = tmp_path / "node"
    if node is not None:
        file.write_text(node, encoding="utf-8")
        file.chmod(0o755)
    assert reason in one_line(run_main(tmp_path, JSII_NODE=str(file), CDKTF_FAST_BINDINGS=fast))


def test_without_the_projects_packages_it_says_how_to_install_them(tmp_path: Path) -> None:
    line = one_line(run_main(tmp_path, "-S"))  # without site-packages
    assert line.startswith(f"jsii is not installed for {sys.executable}: install the project's packages")
    assert "PIPENV_IGNORE_VIRTUALENVS=1" in line


def test_a_limit_on_the_size_of_files_is_said(tmp_path: Path) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, hard))
    try:
        refused = run_main(tmp_path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert "File too large" in one_line(refused)


# Preloaded into the kernel: of the second stack it writes half, and then the disk is full.
FULL_DISK = """
const fs = require("node:fs");
const write = fs.writeFileSync;
let stacks = 0;
fs.writeFileSync = (file, text, ...options) => {
  if (!String(file).endsWith("cdk.tf.json") || ++stacks < 2) return write(file, text, ...options);
  write(file, text.slice(0, text.length / 2), ...options);
  throw new Error("ENOSPC: no space left on device, write");
};
"""


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def synthesized(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An output folder that Terraform has worked in."""
    folder = tmp_path_factory.mktemp("synthesized")
    written = run_main(folder)
    assert written.returncode == 0, written.stderr
    stack = folder / "out" / "stacks" / "payment-api-dev"
    (stack / ".terraform").mkdir()
    (stack / ".terraform" / "terraform.tfstate").write_text("{}", encoding="utf-8")
    (stack / ".terraform.lock.hcl").touch()
    return folder


def test_a_full_disk_is_said_and_the_output_stays_as_it_was(synthesized: Path) -> None:
    before = files(synthesized / "out")
    script = synthesized / "full_disk.js"
    script.write_text(FULL_DISK, encoding="utf-8")
    refused = run_main(
        synthesized, NODE_OPTIONS=f'--require "{script}"', PAYMENT_API_NETWORK__CIDR="10.9.0.0/16"
    )
    assert one_line(refused).startswith("ENOSPC: no space left on device, write; free some space")
    assert files(synthesized / "out") == before
    assert {path.name for path in (synthesized / "out").iterdir()} == {"manifest.json", "stacks"}


def test_another_synthesis_changes_the_stack_and_keeps_terraforms_files(synthesized: Path) -> None:
    before = files(synthesized / "out")
    written = run_main(synthesized, PAYMENT_API_NETWORK__CIDR="10.9.0.0/16")
    assert written.returncode == 0, written.stderr
    after = files(synthesized / "out")
    assert after.keys() == before.keys()
    assert {name for name in after if after[name] != before[name]} == {"stacks/payment-api-dev/cdk.tf.json"}


# Tests that run in the background ignore the signal, and so would their children.
_WITH_DEFAULT_SIGNAL = """\
import os, signal, sys
signal.signal(signal.SIGINT, signal.SIG_DFL)
os.execv(sys.executable, [sys.executable, *sys.argv[1:]])
"""


@pytest.mark.parametrize("seconds", [0, 0.05, 0.1, 0.2])
@pytest.mark.parametrize("own_node", [False, True], ids=["the environment's Node", "the user's Node"])
def test_an_interruption_ends_it_by_the_signal_and_without_a_word(
    tmp_path: Path, own_node: bool, seconds: float
) -> None:
    """Whatever it does by then: after a while, a thread of jsii reads from the kernel on the user's Node."""
    kernel, started = tmp_path / "node", tmp_path / "started"
    kernel.write_text(f'#!/bin/sh\n: > "{started}"\nexec cat > /dev/null\n', encoding="utf-8")
    kernel.chmod(0o755)
    preloaded = tmp_path / "started.js"
    preloaded.write_text(f'require("node:fs").writeFileSync("{started}", "");', encoding="utf-8")
    variables = {"JSII_NODE": str(kernel)} if own_node else {"NODE_OPTIONS": f'--require "{preloaded}"'}
    process = subprocess.Popen(
        [sys.executable, "-c", _WITH_DEFAULT_SIGNAL, ROOT / "main.py"],
        env={**inherited(), "CDKTF_OUTDIR": str(tmp_path / "out"), **variables},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    while not started.exists() and process.poll() is None:
        time.sleep(0.01)
    time.sleep(seconds)
    process.send_signal(signal.SIGINT)
    assert process.communicate() == (b"", b"")
    assert process.returncode == -signal.SIGINT
