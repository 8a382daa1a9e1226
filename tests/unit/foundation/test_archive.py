"""The archives of the functions: complete, and the same bytes everywhere."""

import io
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from constructs_lib.database import roles
from constructs_lib.foundation import archive
from constructs_lib.foundation.archive import archive_bytes, archive_of

FOLDER = Path(roles.__file__).with_name("functions") / "roles"


def entries(content: bytes) -> list[zipfile.ZipInfo]:
    """The entries of an archive."""
    return zipfile.ZipFile(io.BytesIO(content)).infolist()


@pytest.fixture(scope="module")
def content() -> bytes:
    """The archive of the role manager."""
    return archive_bytes(FOLDER, roles.PACKAGES)


def test_entries_are_sorted_and_have_a_fixed_time_mode_system_and_no_compression(content: bytes) -> None:
    found = entries(content)
    assert [each.filename for each in found] == sorted({each.filename for each in found})
    assert {(each.date_time, each.external_attr >> 16, each.create_system) for each in found} == {
        ((1980, 1, 1, 0, 0, 0), 0o100644, 3)
    }
    assert {each.compress_type for each in found} == {zipfile.ZIP_STORED}


def test_nothing_depends_on_when_and_where_the_files_were_installed(content: bytes) -> None:
    names = {each.filename for each in entries(content)}
    unwanted = ("RECORD", "INSTALLER", "REQUESTED", "direct_url.json", ".pyc")
    assert not [name for name in names if name.endswith(unwanted) or ".." in name or name.startswith("/")]


def test_another_time_mode_and_folder_of_the_files_change_nothing(content: bytes, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(FOLDER, copy)
    (copy / "__pycache__").mkdir(exist_ok=True)
    (copy / "__pycache__/handler.cpython-311.pyc").write_bytes(b"x")
    (copy / "handler.py").touch()
    (copy / "handler.py").chmod(0o777)
    assert archive_bytes(copy, roles.PACKAGES) == content


def test_a_change_of_a_file_changes_the_archive(content: bytes, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(FOLDER, copy)
    (copy / "handler.py").write_text("", encoding="utf-8")
    assert archive_bytes(copy, roles.PACKAGES) != content


def test_the_handler_can_be_imported_from_the_archive_alone(content: bytes, tmp_path: Path) -> None:
    """With what Lambda's runtime has besides: boto3 and botocore, which are stubs here."""
    zipfile.ZipFile(io.BytesIO(content)).extractall(tmp_path / "task")
    stubs = tmp_path / "stubs"
    (stubs / "botocore").mkdir(parents=True)
    (stubs / "boto3.py").touch()
    (stubs / "botocore/__init__.py").touch()
    (stubs / "botocore/config.py").write_text("Config = None\n", encoding="utf-8")
    (stubs / "botocore/exceptions.py").write_text(
        "BotoCoreError = ClientError = Exception\n", encoding="utf-8"
    )
    program = "import handler, pg8000; print(pg8000.__version__, handler.CA_BUNDLE.is_file())"
    finished = subprocess.run(
        (sys.executable, "-S", "-c", program),
        env={"PYTHONPATH": f"{tmp_path / 'task'}:{stubs}"},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert finished.stderr == ""
    assert finished.stdout.split()[1] == "True"


def test_a_package_with_native_code_is_refused() -> None:
    with pytest.raises(ValueError, match=r"cryptography contains .*: must be .* without native code"):
        archive_bytes(FOLDER, ["cryptography"])


def test_the_file_has_the_content_and_its_digest(content: bytes) -> None:
    made = archive_of(FOLDER, roles.PACKAGES)
    assert made.path.read_bytes() == content
    assert archive_of(FOLDER, roles.PACKAGES) is made
    assert archive.hashlib.sha256(content).hexdigest() == made.hexadecimal
