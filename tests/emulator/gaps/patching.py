"""How a function of this package gets into one of moto's classes, or fails loudly."""

from collections.abc import Callable
from typing import Any, TypeVar

# moto's methods are reached by name, and their types differ from method to method.
Method = Callable[..., Any]
Added = TypeVar("Added", bound=Method)


class MotoChangedError(Exception):
    """moto is not as this package expects it: the gap is closed there now, or the class has changed."""


def adds(owner: type) -> Callable[[Added], Added]:
    """Put the function into the class as a new method of the same name."""

    def add(function: Added) -> Added:
        name = function.__name__
        if hasattr(owner, name):
            raise MotoChangedError(f"{owner.__qualname__} has {name} itself now: take it out of the gaps")
        setattr(owner, name, function)
        return function

    return add


def replaces(owner: type) -> Callable[[Callable[..., Any]], Method]:
    """Put the function in the place of the class's own method or property of the same name, which it is
    given as its first argument."""

    def replace(function: Callable[..., Any]) -> Method:
        name = function.__name__
        found = vars(owner).get(name)
        original: Method | None = found.fget if isinstance(found, property) else found
        if not callable(original):
            raise MotoChangedError(f"{owner.__qualname__} has no method or property {name} any more")

        def method(self: object, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - as the original has it
            return function(original, self, *args, **kwargs)

        method.__name__ = name
        setattr(owner, name, property(method) if isinstance(found, property) else method)
        return method

    return replace


def memory(owner: object, name: str) -> dict[str, Any]:
    """A dictionary that one of moto's backends or resources keeps, and loses with all else at a reset."""
    kept: dict[str, Any] = vars(owner).setdefault(f"gap_{name}", {})
    return kept
