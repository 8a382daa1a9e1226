"""Loads the AWS bindings in a tenth of the time and with a quarter of the memory.

The bindings consist of two packages with 2,000 modules each, one module per resource: the Python
classes, and the JavaScript code that they call in a Node process (the jsii kernel). Each side loads
all of its modules as soon as the first is imported. `load_fast()` makes both sides load only the
modules that are used:

- **Python.** The package `cdktf_cdktf_provider_aws` is added to `sys.modules` without executing its
  `__init__.py`, and imports its submodules on demand. This is safe because `__init__.py` only imports
  the submodules, and they use nothing of the package but another submodule, `_jsii`. Expected of the
  bindings: a `_jsii`, and an `__init__.py` that imports its submodules one by one and defines no class
  or `__getattr__`.
- **Kernel.** `lazy_exports.js` replaces the exports of `@cdktf/provider-aws/lib/index.js` by getters.
  This is safe because the modules only define classes, and do not require one another. Expected of
  the bindings: an `index.js` that consists only of `exports.x = require("./x")`. NODE_OPTIONS makes
  Node preload the script; it is set only while the kernel starts, and keeps the user's options.
- **Objects from the kernel** may be of a class that Python has not imported yet. jsii looks up the
  module in a table and imports it. These bindings do not fill in the table, so it is filled in here.

`pipelining.py` lets the kernel start and load while Python imports the rest of the program, `direct.py`
spares the process that jsii puts between the two, and `repeats.py` what the classes do again for each
object.

The kernel always runs on the Node of this virtual environment, whatever is on the PATH, unless
JSII_NODE names another executable.

Bindings or a release of jsii that do not meet these expectations are loaded normally: more slowly,
with the same result. CDKTF_FAST_BINDINGS=0 switches the fast loading off; other values do not.
"""

import importlib
import os
import re
import sys
from importlib.abc import InspectLoader
from importlib.machinery import ModuleSpec, PathFinder
from importlib.util import find_spec, module_from_spec
from types import ModuleType

from .kernel import start_kernel
from .repeats import remember

_PACKAGE = "cdktf_cdktf_provider_aws"
_ASSEMBLY = "@cdktf/provider-aws"


def load_fast() -> None:
    """Start the kernel, and make the AWS bindings load lazily unless CDKTF_FAST_BINDINGS is 0.

    Call it before importing cdktf, constructs or a provider, because it starts the jsii kernel.
    A later or repeated call has no effect on what is loaded already.
    """
    fast = os.environ.get("CDKTF_FAST_BINDINGS") != "0"
    start_kernel(fast=fast)
    if fast:
        remember()
        if _PACKAGE not in sys.modules:
            _enter_package()


def _enter_package() -> None:
    """Add the bindings' package to sys.modules without executing it, if it is as expected."""
    spec = find_spec(_PACKAGE)
    submodules = _submodules(spec) if spec else []
    if spec and submodules:
        package = module_from_spec(spec)
        vars(package).update(__all__=submodules, __getattr__=_submodule)
        sys.modules[_PACKAGE] = package
        _register_modules_with_jsii(submodules)
        importlib.import_module(f"{_PACKAGE}._jsii")  # the kernel loads the libraries from now on


def _submodules(spec: ModuleSpec) -> list[str]:
    """The submodules that the package's `__init__.py` imports; none if the package is not as expected."""
    source = spec.loader.get_source(spec.name) if isinstance(spec.loader, InspectLoader) else None
    if source is None or re.search(r"^(class |def __getattr__)", source, re.MULTILINE):
        return []
    if PathFinder.find_spec(f"{spec.name}._jsii", spec.submodule_search_locations) is None:
        return []
    return re.findall(r"^from \. import (\w+)$", source, re.MULTILINE)


def _submodule(name: str) -> ModuleType:
    """The package's `__getattr__`: import a submodule when it is first accessed as an attribute."""
    if name not in sys.modules[_PACKAGE].__all__:
        raise AttributeError(f"module {_PACKAGE!r} has no attribute {name!r}")
    return importlib.import_module(f"{_PACKAGE}.{name}")


def _register_modules_with_jsii(submodules: list[str]) -> None:
    """Fill in jsii's table of namespaces and Python modules, if this release of jsii has one."""
    table = getattr(sys.modules["jsii"]._reference_map, "_submodule_fqn_map", None)
    if isinstance(table, dict):
        table.update({f"{_ASSEMBLY}.{_camel_case(name)}": f"{_PACKAGE}.{name}" for name in submodules})


def _camel_case(name: str) -> str:
    return re.sub(r"_(\w)", lambda match: match[1].upper(), name)
