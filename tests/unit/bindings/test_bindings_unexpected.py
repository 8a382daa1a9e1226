"""Bindings or a release of jsii that are not as expected are loaded normally."""

import shutil
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.unit.bindings.fresh_process import (
    KERNEL_CLASS,
    LAZY_EXPORTS,
    LOAD_FAST,
    USE_VPC,
    files_loaded_in_node,
    run,
    run_code,
    synthesize,
)

UNEXPECTED_CLASS = """
_Base = _NodeProcess
class _NodeProcess(_Base): "Inherits its methods instead of defining them."
"""
UNEXPECTED_JSII = f"""
from jsii._kernel.providers import process
exec('''{UNEXPECTED_CLASS}''', vars(process))
"""


def test_an_unexpected_release_of_jsii_still_loads_only_the_modules_that_are_used(tmp_path: Path) -> None:
    assert files_loaded_in_node(tmp_path, UNEXPECTED_JSII + LOAD_FAST + USE_VPC) == {"lib", "vpc"}


# Each expectation of jsii taken away: what is then started, and the same JSON


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A folder in front of the installed packages."""
    (site := tmp_path / "site").mkdir()
    return site


def put_before_jsii(site: Path, code: str) -> None:
    """Run code when the interpreter starts; jsii is imported by then."""
    (site / "sitecustomize.py").write_text(code)


def copy_jsii(site: Path) -> Path:
    """A copy of jsii that is imported instead of the installed one; returns its folder."""
    installed = find_spec("jsii")
    assert installed
    assert installed.origin
    return Path(shutil.copytree(Path(installed.origin).parent, site / "jsii"))


def other_methods(site: Path) -> None:
    put_before_jsii(site, UNEXPECTED_JSII)


def imported_already(site: Path) -> None:
    put_before_jsii(site, "import jsii")


def other_descriptor(site: Path) -> None:
    program = copy_jsii(site) / "_embedded" / "jsii" / "lib__program.js"
    program.write_text(program.read_text().replace("readFD:3,writeFD:3", "readFD:3, writeFD:3"))


def another_class(site: Path) -> None:
    provider = copy_jsii(site) / "_kernel" / "providers" / "process.py"
    provider.write_text(f"{provider.read_text()}\n{UNEXPECTED_CLASS}")


@pytest.mark.parametrize(
    ("change", "started"),
    [
        (other_methods, "_NodeProcess"),
        (another_class, "_NodeProcess"),
        (imported_already, "PipelinedProcess"),
        (other_descriptor, "PipelinedProcess"),
    ],
)
def test_an_unexpected_jsii_starts_its_own_kernel_and_writes_the_same_json(
    change: Callable[[Path], None], started: str, site: Path, tmp_path: Path
) -> None:
    expected = synthesize(tmp_path / "expected")
    change(site)
    assert run_code(LOAD_FAST + KERNEL_CLASS, PYTHONPATH=str(site)) == f"{started}\n"
    assert synthesize(tmp_path / "written", PYTHONPATH=str(site)) == expected


def test_a_runtime_of_the_user_is_started_as_jsii_does_it(site: Path) -> None:
    embedded = copy_jsii(site) / "_embedded" / "jsii"
    for name in ("bin", "lib"):
        (site / name).mkdir()
    shutil.copy(embedded / "bin__jsii-runtime.js", site / "bin" / "jsii-runtime.js")
    shutil.copy(embedded / "lib__program.js", site / "lib" / "program.js")
    started = run_code(LOAD_FAST + KERNEL_CLASS, JSII_RUNTIME=str(site / "bin" / "jsii-runtime.js"))
    assert started == "PipelinedProcess\n"


EAGER_PACKAGE = "from . import vpc\n"
IMPORT_PACKAGE = f"{LOAD_FAST}import sys, cdktf_cdktf_provider_aws\nprint(*sys.modules)"


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A Python package with the layout of the bindings and a single resource."""
    package = tmp_path / "cdktf_cdktf_provider_aws"
    for submodule in ("_jsii", "vpc"):
        (package / submodule).mkdir(parents=True)
        (package / submodule / "__init__.py").touch()
    (package / "__init__.py").write_text(EAGER_PACKAGE)
    return package


def imports_vpc(package: Path, **variables: str) -> bool:
    """Whether importing the package imports its resource, as its __init__.py does when it is executed."""
    modules = run_code(IMPORT_PACKAGE, PYTHONPATH=str(package.parent), **variables).split()
    return "cdktf_cdktf_provider_aws.vpc" in modules


def test_an_expected_package_is_not_executed(package: Path) -> None:
    assert not imports_vpc(package)


def test_the_package_is_executed_if_fast_bindings_are_switched_off(package: Path) -> None:
    assert imports_vpc(package, CDKTF_FAST_BINDINGS="0")


def test_fast_bindings_are_not_switched_off_by_a_value_other_than_0(package: Path) -> None:
    assert not imports_vpc(package, CDKTF_FAST_BINDINGS="1")


@pytest.mark.parametrize("definition", ["class Vpc: ...", "def __getattr__(name): raise AttributeError"])
def test_a_package_that_defines_a_class_or_getattr_is_executed(package: Path, definition: str) -> None:
    (package / "__init__.py").write_text(f"{EAGER_PACKAGE}{definition}\n")
    assert imports_vpc(package)


def test_a_package_without_a_jsii_submodule_is_executed(package: Path) -> None:
    shutil.rmtree(package / "_jsii")
    assert imports_vpc(package)


INDEX = """"use strict";
/**
 * A licence
 */
Object.defineProperty(exports, "__esModule", { value: true });
exports.vpc = exports.s3Bucket = void 0;
// generated
exports.s3Bucket = require("./s3-bucket");
exports.vpc = require("./vpc");
"""
USE_VPC_EXPORT = """
globalThis.loaded = [];
const bindings = require(process.argv[1]);
console.log(bindings.vpc.name, Object.keys(bindings).sort().join(), ...globalThis.loaded);
"""


def use_vpc_export(folder: Path, package: str, index: str) -> str:
    """The exports of an index as a script sees them, and the submodules that it loads by using one."""
    library = folder / package / "lib"
    for submodule in ("vpc", "s3-bucket"):
        (library / submodule).mkdir(parents=True)
        code = f"globalThis.loaded.push('{submodule}'); exports.name = '{submodule}';"
        (library / submodule / "index.js").write_text(code)
    (library / "index.js").write_text(index)
    return run("node", "--require", str(LAZY_EXPORTS), "-e", USE_VPC_EXPORT, str(library / "index.js"))


def test_an_expected_index_loads_only_the_export_that_is_used(tmp_path: Path) -> None:
    assert use_vpc_export(tmp_path, "@cdktf/provider-aws", INDEX) == "vpc s3Bucket,vpc vpc\n"


@pytest.mark.parametrize(
    "line",
    [
        "exports.answer = 42;",
        'const vpc = require("./vpc");',
        'Object.assign(exports, require("./vpc"));',
        'exports.fs = require("node:fs");',
        'exports.vpc = require("./vpc"); exports.answer = 42;',
    ],
)
def test_an_index_with_any_other_statement_is_loaded_completely(tmp_path: Path, line: str) -> None:
    assert use_vpc_export(tmp_path, "@cdktf/provider-aws", f"{INDEX}{line}\n").endswith(" s3-bucket vpc\n")


@pytest.mark.parametrize("package", ["@cdktf/provider-random", "@other/provider-aws"])
def test_the_index_of_another_package_is_loaded_completely(tmp_path: Path, package: str) -> None:
    assert use_vpc_export(tmp_path, package, INDEX) == "vpc s3Bucket,vpc s3-bucket vpc\n"
