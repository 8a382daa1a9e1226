"""The folders that the commands write to."""

from pathlib import Path

import pytest

from constructs_lib.commands.failures import MachineError
from constructs_lib.commands.folders import (
    CHECKOUT,
    check_temporary_folder,
    output_folder,
    replace_file,
    replaced_as_a_whole,
)


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
