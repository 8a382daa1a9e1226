"""The start of the jsii kernel: with lazy_exports.js preloaded, and pipelined."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib import import_module
from pathlib import Path

import jsii

_LAZY_EXPORTS = Path(__file__).with_name("lazy_exports.js")


def start_kernel() -> None:
    """Start the jsii kernel, unless it runs already; it need not be up when this returns."""
    with suppress(ImportError):  # a release of jsii that works otherwise is waited for
        import_module(".pipelining", __package__).pipeline()
    # V8 lets its young generation grow to 16 MB three times over; at 4, a synthesis peaks 20 MB lower.
    ours = f"--max-semi-space-size=4 --require {_quoted(_LAZY_EXPORTS)}"
    users = os.environ.get("NODE_OPTIONS", "")  # last, so that they win
    with _environment_variable("NODE_OPTIONS", f"{ours} {users}"):
        getattr(jsii.kernel.provider, "_process", None)  # to ask for the process is to start it


def _quoted(path: Path) -> str:
    # Node splits NODE_OPTIONS at spaces outside double quotes; inside them, a backslash escapes.
    escaped = str(path).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


@contextmanager
def _environment_variable(name: str, value: str) -> Iterator[None]:
    before = os.environ.get(name)
    os.environ[name] = value
    try:
        yield
    finally:
        if before is None:
            del os.environ[name]
        else:
            os.environ[name] = before
