"""Bindings, or a jsii, that look otherwise than expected are loaded in the ordinary way."""

import shutil
from pathlib import Path

import pytest

from tests.unit.bindings.fresh_process import (
    LAZY_EXPORTS,
    LOAD_FAST,
    USE_VPC,
    files_loaded_in_node,
    run,
    run_code,
)

OTHER_JSII = """
from jsii._kernel.providers import process
class _NodeProcess(process._NodeProcess): "Has its methods elsewhere."
process._NodeProcess = _NodeProcess
"""


def test_a_jsii_that_works_otherwise_is_waited_for_and_loads_only_the_modules_used(tmp_path: Path) -> None:
    assert files_loaded_in_node(tmp_path, OTHER_JSII + LOAD_FAST + USE_VPC) == {"lib", "vpc"}


EAGER_PACKAGE = "from . import vpc\n"
IMPORT_PACKAGE = f"{LOAD_FAST}import sys, cdktf_cdktf_provider_aws\nprint(*sys.modules)"


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A Python package laid out like the bindings, with one resource."""
    package = tmp_path / "cdktf_cdktf_provider_aws"
    for submodule in ("_jsii", "vpc"):
        (package / submodule).mkdir(parents=True)
        (package / submodule / "__init__.py").touch()
    (package / "__init__.py").write_text(EAGER_PACKAGE)
    return package


def imports_vpc(package: Path, **variables: str) -> bool:
    """Whether importing the package alone imports its resource, as running its __init__.py does."""
    modules = run_code(IMPORT_PACKAGE, PYTHONPATH=str(package.parent), **variables).split()
    return "cdktf_cdktf_provider_aws.vpc" in modules


def test_a_package_such_as_expected_is_not_run(package: Path) -> None:
    assert not imports_vpc(package)


def test_switched_off_the_package_is_run(package: Path) -> None:
    assert imports_vpc(package, CDKTF_FAST_BINDINGS="0")


def test_no_other_value_switches_it_off(package: Path) -> None:
    assert not imports_vpc(package, CDKTF_FAST_BINDINGS="1")


@pytest.mark.parametrize("definition", ["class Vpc: ...", "def __getattr__(name): raise AttributeError"])
def test_a_package_with_definitions_of_its_own_is_run(package: Path, definition: str) -> None:
    (package / "__init__.py").write_text(f"{EAGER_PACKAGE}{definition}\n")
    assert imports_vpc(package)


def test_a_package_without_its_jsii_part_is_run(package: Path) -> None:
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
ASK_FOR_VPC = """
globalThis.loaded = [];
const bindings = require(process.argv[1]);
console.log(bindings.vpc.name, Object.keys(bindings).sort().join(), ...globalThis.loaded);
"""


def ask_for_vpc(folder: Path, package: str, index: str) -> str:
    """What a script sees of an index, and the submodules that it loads by asking for one."""
    library = folder / package / "lib"
    for submodule in ("vpc", "s3-bucket"):
        (library / submodule).mkdir(parents=True)
        code = f"globalThis.loaded.push('{submodule}'); exports.name = '{submodule}';"
        (library / submodule / "index.js").write_text(code)
    (library / "index.js").write_text(index)
    return run("node", "--require", str(LAZY_EXPORTS), "-e", ASK_FOR_VPC, str(library / "index.js"))


def test_an_index_such_as_expected_loads_what_is_asked_for(tmp_path: Path) -> None:
    assert ask_for_vpc(tmp_path, "@cdktf/provider-aws", INDEX) == "vpc s3Bucket,vpc vpc\n"


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
def test_an_index_with_anything_else_in_it_is_left_alone(tmp_path: Path, line: str) -> None:
    assert ask_for_vpc(tmp_path, "@cdktf/provider-aws", f"{INDEX}{line}\n").endswith(" s3-bucket vpc\n")


@pytest.mark.parametrize("package", ["@cdktf/provider-random", "@other/provider-aws"])
def test_the_index_of_another_package_is_left_alone(tmp_path: Path, package: str) -> None:
    assert ask_for_vpc(tmp_path, package, INDEX) == "vpc s3Bucket,vpc s3-bucket vpc\n"
