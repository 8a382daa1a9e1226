"""The fast loading of the AWS bindings changes their speed and nothing else.

Each test looks at processes of its own, since what it is about happens once in a process.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LAZY_EXPORTS = ROOT / "constructs_lib" / "bindings" / "lazy_exports.js"
LOAD_FAST = "from constructs_lib.bindings import load_fast; load_fast()\n"


def run(*command: str, **variables: str) -> str:
    """What a process prints, in an environment without settings of ours and with these variables."""
    ours = ("PAYMENT_API_", "CDKTF_", "ENVIRONMENT_SUFFIX", "AWS_", "NODE_OPTIONS")
    env = {name: value for name, value in os.environ.items() if not name.startswith(ours)} | variables
    completed = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    assert completed.returncode == 0, completed.stderr
    return completed.stdout


def run_code(code: str, **variables: str) -> str:
    return run(sys.executable, "-c", code, **variables)


def synthesize(script: str, folder: Path, **variables: str) -> dict[str, bytes]:
    """Every file that an app writes, by its path in the output folder."""
    run(sys.executable, script, CDKTF_OUTDIR=str(folder), ENVIRONMENT_SUFFIX="dev", **variables)
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_the_json_is_the_same_with_it_on_and_off(tmp_path: Path) -> None:
    fast = synthesize("main.py", tmp_path / "fast")
    slow = synthesize("main.py", tmp_path / "slow", CDKTF_FAST_BINDINGS="0")
    assert "stacks/payment-api-dev/cdk.tf.json" in fast
    assert fast == slow


# What user code may do


@pytest.mark.parametrize(
    "statement",
    [
        "import cdktf_cdktf_provider_aws.vpc; Vpc = cdktf_cdktf_provider_aws.vpc.Vpc",
        "from cdktf_cdktf_provider_aws.vpc import Vpc",
        "from cdktf_cdktf_provider_aws import vpc; Vpc = vpc.Vpc",
        "import cdktf_cdktf_provider_aws as aws; Vpc = aws.vpc.Vpc",
    ],
)
def test_every_way_of_importing_finds_the_class(statement: str) -> None:
    assert run_code(f"{LOAD_FAST}{statement}; print(Vpc.TF_RESOURCE_TYPE)") == "aws_vpc\n"


def test_what_is_no_submodule_is_no_attribute() -> None:
    code = f"{LOAD_FAST}import cdktf_cdktf_provider_aws as aws; print(hasattr(aws, 'no_such_resource'))"
    assert run_code(code) == "False\n"


def test_testing_finds_a_resource_by_its_properties() -> None:
    code = f"""{LOAD_FAST}
from cdktf import TerraformStack, Testing
from cdktf_cdktf_provider_aws.vpc import Vpc
stack = TerraformStack(Testing.app(), "stack")
Vpc(stack, "vpc", cidr_block="10.0.0.0/16")
for expected in "10.0.0.0/16", "10.1.0.0/16":
    properties = dict(cidr_block=expected)
    print(Testing.to_have_resource_with_properties(Testing.synth(stack), "aws_vpc", properties))
"""
    assert run_code(code) == "True\nFalse\n"


def test_an_object_of_a_class_not_imported_yet_comes_as_that_class() -> None:
    """Such as a resource made by a construct of another jsii library; made here by a bare request."""
    code = f"""{LOAD_FAST}
import jsii
from cdktf import TerraformStack, Testing
from cdktf_cdktf_provider_aws import vpc
from jsii._kernel.types import CreateRequest
stack = TerraformStack(Testing.app(), "stack")
properties = dict(name="set", scope="REGIONAL", ipAddressVersion="IPV4")
arguments = [stack.__jsii_ref__, "set", properties]
jsii.kernel.provider.create(CreateRequest("@cdktf/provider-aws.wafv2IpSet.Wafv2IpSet", arguments))
print(type(stack.node.find_child("set")))
"""
    assert run_code(code) == "<class 'cdktf_cdktf_provider_aws.wafv2_ip_set.Wafv2IpSet'>\n"


# Python does not wait for the kernel

USE_NOTHING = "import jsii\nprint(jsii.kernel.provider._process._process.pid)\n"
MUTE_KERNEL = "#!/bin/sh\nexec cat > /dev/null\n"


def test_imports_do_not_wait_for_the_kernel(tmp_path: Path) -> None:
    kernel = tmp_path / "kernel"
    kernel.write_text(MUTE_KERNEL)
    kernel.chmod(0o755)
    code = f"{LOAD_FAST}from cdktf_cdktf_provider_aws.vpc import Vpc; print(Vpc.__name__)"
    assert run_code(code, JSII_NODE=str(kernel)) == "Vpc\n"


def test_a_library_that_the_kernel_cannot_load_is_reported_once() -> None:
    code = f"""{LOAD_FAST}
import jsii
jsii.kernel.load("broken", "1.0.0", "/no/such/library.tgz")
for _ in range(2):
    try:
        print(jsii.kernel.stats())
    except RuntimeError as error:
        print(error)
"""
    first, second = run_code(code).splitlines()
    assert "/no/such/library.tgz" in first
    assert second == "Statistics(object_count=0)"


def test_a_program_that_asks_nothing_of_the_kernel_ends_it() -> None:
    pid = int(run_code(LOAD_FAST + USE_NOTHING))
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


# What is loaded: Python modules by name; files in Node, counted by a script that the user preloads

COUNT_FILES = """
process.on("exit", () => {
  const folder = require("node:path").dirname(__filename);
  const files = Object.keys(require.cache).filter((file) => file.includes("provider-aws"));
  require("node:fs").writeFileSync(`${folder}/${process.pid}.json`, JSON.stringify(files));
});
"""
USE_VPC = """
import sys
from cdktf import TerraformStack, Testing
from cdktf_cdktf_provider_aws.vpc import Vpc
Vpc(TerraformStack(Testing.app(), "stack"), "vpc", cidr_block="10.0.0.0/16")
print(*sorted(name.split(".")[1] for name in sys.modules if name.startswith("cdktf_cdktf_provider_aws.")))
"""


def files_loaded_in_node(folder: Path, code: str, **variables: str) -> set[str]:
    """The folders in lib from which the kernel loads a file while the code runs."""
    counter = folder / "count.js"
    counter.write_text(COUNT_FILES)
    run_code(code, NODE_OPTIONS=f"--require {counter}", **variables)
    files = [file for report in folder.glob("*.json") for file in json.loads(report.read_text())]
    return {Path(file).parent.name for file in files}


@pytest.mark.parametrize(
    "load",
    [LOAD_FAST, LOAD_FAST * 2, "import cdktf\n" + LOAD_FAST],
    ids=["once", "twice", "after cdktf"],
)
def test_python_imports_only_the_modules_used(load: str) -> None:
    assert set(run_code(load + USE_VPC).split()) == {"_jsii", "vpc"}


def test_node_loads_only_the_modules_used(tmp_path: Path) -> None:
    assert files_loaded_in_node(tmp_path, LOAD_FAST + USE_VPC) == {"lib", "vpc"}


def test_a_checkout_in_a_folder_of_an_odd_name_loads_fast_too(tmp_path: Path) -> None:
    checkout = tmp_path / 'a "quoted" back\\slash'
    shutil.copytree(LAZY_EXPORTS.parent, checkout / "odd_bindings")
    load = LOAD_FAST.replace("constructs_lib.bindings", "odd_bindings")
    loaded = files_loaded_in_node(tmp_path, load + USE_VPC, PYTHONPATH=str(checkout))
    assert loaded == {"lib", "vpc"}


@pytest.mark.parametrize("variables", [{}, {"NODE_OPTIONS": "--no-warnings"}], ids=["unset", "set"])
def test_node_options_are_left_as_they_were(variables: dict[str, str]) -> None:
    code = LOAD_FAST + "import os; print(os.environ.get('NODE_OPTIONS'))"
    assert run_code(code, **variables).strip() == str(variables.get("NODE_OPTIONS"))


# Bindings, or jsii, that look otherwise than expected

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
