"""The folders that the commands write to."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from constructs_lib.commands.failures import MachineError
from constructs_lib.commands.folders import (
    CHECKOUT,
    check_package_cache,
    check_temporary_folder,
    output_folder,
    replace_file,
    replaced_as_a_whole,
)
from tests.unit.commands.noexec import mounted_noexec
from tests.variables import inherited


@pytest.mark.parametrize("folder", [".", "docs", "constructs_lib/settings"])
def test_the_output_folder_is_the_checkouts_own_wherever_one_is(
    folder: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(CHECKOUT / folder)
    assert output_folder({}).resolve() == CHECKOUT / "cdktf.out"


def test_a_relative_output_folder_is_relative_to_the_current_one() -> None:
    assert output_folder({"CDKTF_OUTDIR": "out"}) == Path("out")


@pytest.mark.parametrize("variables", [{}, {"TMPDIR": ""}])
def test_without_a_variable_the_folder_for_temporary_files_is_the_systems(variables: dict[str, str]) -> None:
    check_temporary_folder(variables)


@pytest.mark.parametrize("name", ["TMPDIR", "TMP", "TEMP"])
def test_a_folder_for_temporary_files_that_is_none_is_refused(name: str, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(MachineError, match=f"{name} is "):
        check_temporary_folder({name: str(tmp_path / "file")})


def test_a_check_leaves_nothing_behind(tmp_path: Path) -> None:
    check_temporary_folder({"TMPDIR": str(tmp_path)})
    assert list(tmp_path.iterdir()) == []


def write_half_and_fail(folder: Path) -> None:
    with replaced_as_a_whole(folder) as written:
        (written / "a").write_text("new", encoding="utf-8")
        raise RuntimeError


def test_files_are_replaced_only_when_all_are_written(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("old", encoding="utf-8")
    with pytest.raises(RuntimeError):
        write_half_and_fail(tmp_path)
    assert {path.name: path.read_text("utf-8") for path in tmp_path.iterdir()} == {"a": "old"}


def test_a_replaced_file_leaves_its_neighbours_alone(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("old", encoding="utf-8")
    (tmp_path / "b").write_text("old", encoding="utf-8")
    replace_file(tmp_path / "a", "new")
    contents = {path.name: path.read_text("utf-8") for path in tmp_path.iterdir()}
    assert contents == {"a": "new", "b": "old"}


def test_what_a_killed_process_left_is_removed_later(tmp_path: Path) -> None:
    stale, in_use, other = (tmp_path / name for name in (".new-stale", ".new-in-use", "stacks"))
    for folder in (stale, in_use, other):
        folder.mkdir()
        (folder / "file").touch()
    two_hours_ago = in_use.stat().st_mtime - 7200
    os.utime(stale, (two_hours_ago, two_hours_ago))
    os.utime(other, (two_hours_ago, two_hours_ago))
    replace_file(tmp_path / "a", "new")
    assert {path.name for path in tmp_path.iterdir()} == {".new-in-use", "stacks", "a"}


# The folder that Terraform starts its providers from

_PRINT_FOLDER = """
from constructs_lib.commands import folders
from pathlib import Path
import sys
folders.CHECKOUT = Path(sys.argv[1])
try:
    print(folders.folder_for_programs())
except folders.MachineError as error:
    print(error)
"""


def folder_for_programs(noexec: Path, checkout: Path, temporary: Path) -> str:
    """The folder that is chosen in a process in which one is mounted noexec, or the error."""
    finished = subprocess.run(
        (*mounted_noexec(noexec), sys.executable, "-c", _PRINT_FOLDER, str(checkout)),
        cwd=CHECKOUT,
        env=inherited() | {"TMPDIR": str(temporary)},
        capture_output=True,
        text=True,
        check=True,
    )
    return finished.stdout.strip()


@pytest.fixture
def parent(tmp_path: Path) -> Path:
    """A folder with an empty one, `t`, for temporary files, and another one, `other`."""
    for name in ("t", "other"):
        (tmp_path / name).mkdir()
    return tmp_path


def test_programs_are_started_from_the_folder_for_temporary_files(parent: Path) -> None:
    assert folder_for_programs(parent / "other", parent, parent / "t") == str(parent / "t")


def test_programs_are_started_from_the_checkout_when_that_is_mounted_noexec(parent: Path) -> None:
    assert folder_for_programs(parent / "t", parent, parent / "t") == str(parent / ".terraform")


def test_without_a_folder_for_programs_the_variable_is_named_on_one_line(parent: Path) -> None:
    refused = folder_for_programs(parent, parent / "checkout", parent)
    assert refused == (
        f'TMPDIR is "{parent}": must be a folder in which programs can be started, because Terraform starts '
        "its providers there; it may be on a file system that is mounted noexec"
    )


# jsii's cache


@pytest.mark.parametrize("home", ["/proc", "/dev/null", "/proc/self/fd/none"])
def test_a_home_in_which_no_folder_can_be_created_is_refused(home: str) -> None:
    with pytest.raises(MachineError) as refused:
        check_package_cache({"HOME": home})
    assert str(refused.value).startswith(
        f"jsii's package cache {home}/.cache/aws/jsii/package-cache cannot be "
    )
    assert "or set JSII_RUNTIME_PACKAGE_CACHE_ROOT to a different directory" in str(refused.value)


@pytest.mark.parametrize(
    "variables",
    [{"JSII_RUNTIME_PACKAGE_CACHE": "disabled"}, {"JSII_RUNTIME_PACKAGE_CACHE_ROOT": "cache"}, {"HOME": ""}],
    ids=["disabled", "elsewhere", "no home"],
)
def test_a_home_that_jsii_does_not_use_is_not_checked(
    variables: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    check_package_cache({"HOME": "/proc", **variables})
    assert list(tmp_path.iterdir()) == []


def test_a_check_of_the_cache_leaves_nothing_behind(tmp_path: Path) -> None:
    check_package_cache({"HOME": str(tmp_path)})
    assert list(tmp_path.iterdir()) == []
