"""The fast loading of the AWS bindings changes how fast they load, and not what they do.

Each test runs new processes, because the bindings are loaded once per process.
"""

import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.unit.bindings.fresh_process import (
    KERNEL_CLASS,
    LAZY_EXPORTS,
    LOAD_FAST,
    ROOT,
    USE_VPC,
    files_loaded_in_node,
    run_code,
    synthesize,
)
from tests.unit.emulator.waiting import is_alive
from tests.variables import inherited


def test_the_synthesized_json_is_the_same_with_and_without_fast_bindings(tmp_path: Path) -> None:
    fast = synthesize(tmp_path / "fast")
    slow = synthesize(tmp_path / "slow", CDKTF_FAST_BINDINGS="0")
    assert "stacks/payment-api-dev/cdk.tf.json" in fast
    assert fast == slow


# Python code that uses the bindings


@pytest.mark.parametrize(
    "statement",
    [
        "import cdktf_cdktf_provider_aws.vpc; Vpc = cdktf_cdktf_provider_aws.vpc.Vpc",
        "from cdktf_cdktf_provider_aws.vpc import Vpc",
        "from cdktf_cdktf_provider_aws import vpc; Vpc = vpc.Vpc",
        "import cdktf_cdktf_provider_aws as aws; Vpc = aws.vpc.Vpc",
    ],
)
def test_every_form_of_import_finds_the_class(statement: str) -> None:
    assert run_code(f"{LOAD_FAST}{statement}; print(Vpc.TF_RESOURCE_TYPE)") == "aws_vpc\n"


def test_an_unknown_submodule_is_not_an_attribute_of_the_package() -> None:
    code = f"{LOAD_FAST}import cdktf_cdktf_provider_aws as aws; print(hasattr(aws, 'no_such_resource'))"
    assert run_code(code) == "False\n"


def test_cdktf_testing_finds_a_resource_by_its_properties() -> None:
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


def test_an_object_of_a_class_that_is_not_imported_yet_is_an_instance_of_that_class() -> None:
    """A construct of another jsii library can create such an object; here, a request to the kernel does."""
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


# Pipelining

PRINT_KERNEL_PID = "\nimport jsii\nprint(jsii.kernel.provider._process._process.pid)\n"
SILENT_KERNEL = "#!/bin/sh\nexec cat > /dev/null\n"


def test_python_imports_do_not_wait_for_the_kernel(tmp_path: Path) -> None:
    kernel = tmp_path / "kernel"
    kernel.write_text(SILENT_KERNEL)
    kernel.chmod(0o755)
    code = f"{LOAD_FAST}from cdktf_cdktf_provider_aws.vpc import Vpc; print(Vpc.__name__)"
    assert run_code(code, JSII_NODE=str(kernel)) == "Vpc\n"


def test_a_library_that_the_kernel_cannot_load_raises_one_error() -> None:
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


def test_the_kernel_exits_with_a_program_that_does_not_use_it() -> None:
    assert not is_alive(int(run_code(LOAD_FAST + PRINT_KERNEL_PID)))


def test_the_kernel_exits_with_a_program_that_leaves_responses_unread() -> None:
    code = f"{LOAD_FAST}from cdktf_cdktf_provider_aws.vpc import Vpc{PRINT_KERNEL_PID}"
    assert not is_alive(int(run_code(code)))


def test_node_loads_the_module_of_a_resource_when_python_imports_its_class(tmp_path: Path) -> None:
    code = f"{LOAD_FAST}from cdktf_cdktf_provider_aws.vpc import Vpc"
    assert files_loaded_in_node(tmp_path, code) == {"lib", "vpc"}


def test_any_number_of_modules_is_loaded_ahead() -> None:
    code = f"""{LOAD_FAST}
import jsii
from cdktf_cdktf_provider_aws.vpc import Vpc
process = jsii.kernel.provider._process
for _ in range(5000):
    process.load_module_of(Vpc.__jsii_type__, "tfResourceType")
    process.load_module_of("no.such.Type", "tfResourceType")
print(Vpc.TF_RESOURCE_TYPE)
"""
    assert run_code(code) == "aws_vpc\n"


# The start without jsii's own process

DESCRIPTOR_3 = """
import os
os.dup2(os.open(os.devnull, os.O_RDONLY), 3, inheritable=True)
before = os.fstat(3).st_rdev, os.get_inheritable(3)
{load}
print((os.fstat(3).st_rdev, os.get_inheritable(3)) == before)
from cdktf_cdktf_provider_aws.vpc import Vpc
print(Vpc.TF_RESOURCE_TYPE)
"""


def test_the_kernel_is_a_single_process() -> None:
    assert run_code(LOAD_FAST + KERNEL_CLASS) == "DirectProcess\n"
    code = f"{LOAD_FAST}import jsii, pathlib; pid = jsii.kernel.provider._process._process.pid\n"
    print_children = 'print(*pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split())'
    if Path("/proc/self/task").exists():
        assert run_code(f"{code}jsii.kernel.stats(); {print_children}") == "\n"


def test_descriptor_3_is_as_it_was_after_the_kernel_has_started() -> None:
    assert run_code(DESCRIPTOR_3.format(load=LOAD_FAST)) == "True\naws_vpc\n"


def test_the_kernel_starts_where_descriptor_3_is_free() -> None:
    code = f"import os; os.closerange(3, 10)\n{LOAD_FAST}{KERNEL_CLASS}jsii.kernel.stats()"
    assert run_code(code) == "DirectProcess\n"


def test_what_the_kernel_prints_is_printed(tmp_path: Path) -> None:
    script = tmp_path / "prints.js"
    script.write_text('console.log("printed");')
    assert run_code(LOAD_FAST, NODE_OPTIONS=f'--require "{script}"') == "printed\n"


def test_the_files_of_the_kernel_are_removed_when_it_exits(tmp_path: Path) -> None:
    run_code(LOAD_FAST + KERNEL_CLASS, TMPDIR=str(tmp_path))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "code",
    [
        "",
        "from cdktf_cdktf_provider_aws.vpc import Vpc; import time; time.sleep(1)",
        "import jsii; jsii.kernel.stats()",
    ],
    ids=["before the first response", "with unread responses", "after a response"],
)
def test_the_kernel_exits_without_a_message_when_python_is_killed(code: str) -> None:
    kill = "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"
    command = [sys.executable, "-c", f"{LOAD_FAST}{code}\n{kill}"]
    # What the kernel prints afterwards is read too: the pipes stay open until it exits.
    killed = subprocess.run(command, cwd=ROOT, env=inherited(), capture_output=True, check=False)
    assert (killed.returncode, killed.stdout, killed.stderr) == (-signal.SIGKILL, b"", b"")


# Repeated work

CHECK_TWICE = """
import typing
resolved = []
original = typing.get_type_hints
def get_type_hints(*arguments, **options):
    resolved.append(arguments[0].__name__)
    return original(*arguments, **options)
typing.get_type_hints = get_type_hints
"""


def test_the_annotations_of_a_class_are_resolved_once_and_checked_each_time() -> None:
    code = f"""{CHECK_TWICE}{LOAD_FAST}
from cdktf import TerraformStack, Testing
from cdktf_cdktf_provider_aws.vpc import Vpc
stack = TerraformStack(Testing.app(), "stack")
def stubs(): return len([name for name in resolved if name.startswith("_typecheckingstub__")])
Vpc(stack, "first", cidr_block="10.0.0.0/16")
before = stubs()
Vpc(stack, "second", cidr_block="10.1.0.0/16")
print(stubs() - before)
for wrong in 1, ["10.0.0.0/16"]:
    try:
        Vpc(stack, "wrong", cidr_block=wrong)
    except TypeError:
        print("refused")
"""
    assert run_code(code) == "0\nrefused\nrefused\n"


def test_the_annotations_of_other_functions_are_resolved_each_time() -> None:
    code = f"""{LOAD_FAST}
import typing
def function(argument: int): ...
first = typing.get_type_hints(function)
function.__annotations__["argument"] = str
print(first, typing.get_type_hints(function), typing.get_type_hints(function, include_extras=True))
"""
    integer, text = "{'argument': <class 'int'>}", "{'argument': <class 'str'>}"
    assert run_code(code) == f"{integer} {text} {text}\n"


# Lazy loading


@pytest.mark.parametrize(
    "load",
    [LOAD_FAST, LOAD_FAST * 2, "import cdktf\n" + LOAD_FAST],
    ids=["once", "twice", "after cdktf"],
)
def test_python_imports_only_the_modules_that_are_used(load: str) -> None:
    assert set(run_code(load + USE_VPC).split()) == {"_jsii", "vpc"}


def test_node_loads_only_the_modules_that_are_used(tmp_path: Path) -> None:
    assert files_loaded_in_node(tmp_path, LOAD_FAST + USE_VPC) == {"lib", "vpc"}


def test_a_checkout_path_with_spaces_quotes_and_backslashes_loads_only_the_modules_that_are_used(
    tmp_path: Path,
) -> None:
    checkout = tmp_path / 'a "quoted" back\\slash'
    shutil.copytree(LAZY_EXPORTS.parent, checkout / "odd_bindings")
    load = LOAD_FAST.replace("constructs_lib.bindings", "odd_bindings")
    loaded = files_loaded_in_node(tmp_path, load + USE_VPC, PYTHONPATH=str(checkout))
    assert loaded == {"lib", "vpc"}


@pytest.mark.parametrize("variables", [{}, {"NODE_OPTIONS": "--no-warnings"}], ids=["unset", "set"])
def test_node_options_are_unchanged_after_the_kernel_has_started(variables: dict[str, str]) -> None:
    code = LOAD_FAST + "import os; print(os.environ.get('NODE_OPTIONS'))"
    assert run_code(code, **variables).strip() == str(variables.get("NODE_OPTIONS"))
