"""Decorators that patch moto's classes, and fail when a class is not as the patch expects."""

from collections.abc import Callable
from typing import Any, TypeVar

# moto's methods are looked up by name, and their signatures differ from method to method.
Method = Callable[..., Any]
Added = TypeVar("Added", bound=Method)


class MotoChangedError(Exception):
    """moto's class is not as the patch expects: moto has closed the gap, or renamed or removed the method."""


def adds(owner: type) -> Callable[[Added], Added]:
    """Add the function to the class as a method of the same name.

    Raises MotoChangedError if the class already has that method.
    """

    def add(function: Added) -> Added:
        name = function.__name__
        if hasattr(owner, name):
            raise MotoChangedError(
                f"{owner.__qualname__} now has a method {name}: delete the one in tests/emulator/gaps"
            )
        setattr(owner, name, function)
        return function

    return add


def adds_property(owner: type) -> Callable[[Callable[[Any], object]], None]:
    """Add the function to the class as a property that ignores what moto assigns to it.

    Raises MotoChangedError if the class already has that property.
    """

    def add(function: Callable[[Any], object]) -> None:
        name = function.__name__
        if hasattr(owner, name):
            raise MotoChangedError(
                f"{owner.__qualname__} now has a property {name}: delete the one in tests/emulator/gaps"
            )
        setattr(owner, name, property(function, lambda _self, _value: None))

    return add


def replaces(owner: type) -> Callable[[Callable[..., Any]], Method]:
    """Replace the class's method or property of the same name; the original is the function's first argument.

    Raises MotoChangedError if the class does not have that method or property.
    """

    def replace(function: Callable[..., Any]) -> Method:
        name = function.__name__
        found = vars(owner).get(name)
        original: Method | None = found.fget if isinstance(found, property) else found
        if not callable(original):
            raise MotoChangedError(f"{owner.__qualname__} no longer has a method or property {name}")

        def method(self: object, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - like the original
            return function(original, self, *args, **kwargs)

        method.__name__ = name
        setattr(owner, name, property(method) if isinstance(found, property) else method)
        return method

    return replace


def extra_state(owner: object, name: str) -> dict[str, Any]:
    """A dictionary stored on one of moto's backends or resources, so that a reset deletes it too."""
    state: dict[str, Any] = vars(owner).setdefault(f"gap_{name}", {})
    return state
