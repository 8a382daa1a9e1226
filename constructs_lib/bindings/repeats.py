"""Does once what the generated classes repeat.

Each module of the bindings asks for the version of typeguard, which reads the metadata of the package
from the disk. Each new object resolves the annotations of its class's arguments, to check them, although
they are the same for every object of the class. `remember()` keeps both for the life of the process.

Expected of the bindings: the functions whose annotations they resolve, with `typing.get_type_hints`, have
names that start with `_typecheckingstub__`, and nobody changes what is returned. Other functions, and the
modules that were imported before, are not affected.
"""

import importlib.metadata
import typing
from collections.abc import Callable
from functools import cache, wraps

_P = typing.ParamSpec("_P")
_STUB = "_typecheckingstub__"


def remember() -> None:
    """Keep versions of packages, and the annotations of the bindings, once they have been looked up."""
    vars(importlib.metadata)["version"] = cache(importlib.metadata.version)
    vars(typing)["get_type_hints"] = _remembering(typing.get_type_hints)


def _remembering(get_type_hints: Callable[_P, dict[str, object]]) -> Callable[_P, dict[str, object]]:
    of_stub = cache(get_type_hints)

    @wraps(get_type_hints)
    def remembering(*arguments: _P.args, **options: _P.kwargs) -> dict[str, object]:
        if len(arguments) == 1 and not options and getattr(arguments[0], "__name__", "").startswith(_STUB):
            return of_stub(*arguments)
        return get_type_hints(*arguments, **options)

    return remembering
