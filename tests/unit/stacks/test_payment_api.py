"""The source of the payment API's stack: `__init__` and the traffic matrix each fit on one screen."""

import ast
from collections.abc import Iterator
from pathlib import Path

PACKAGE = Path(__file__).parents[3] / "constructs_lib"
STACK = PACKAGE / "stacks" / "payment_api.py"

MAX_LINES = 40


def method(name: str) -> ast.FunctionDef:
    """A method of PaymentApiStack."""
    (found,) = (
        node
        for class_ in ast.parse(STACK.read_text(encoding="utf-8")).body
        if isinstance(class_, ast.ClassDef) and class_.name == "PaymentApiStack"
        for node in class_.body
        if isinstance(node, ast.FunctionDef) and node.name == name
    )
    return found


def lines(node: ast.FunctionDef) -> range:
    """The line numbers of a method."""
    assert node.end_lineno is not None
    return range(node.lineno, node.end_lineno + 1)


def allow_calls() -> Iterator[tuple[Path, int]]:
    """The file and line of every call of a method named `allow` in the package."""
    for file in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr == "allow"
            ):
                yield file, node.lineno


def test_the_constructor_of_the_stack_fits_on_one_screen() -> None:
    assert len(lines(method("__init__"))) <= MAX_LINES


def test_the_traffic_matrix_fits_on_one_screen() -> None:
    assert len(lines(method("_traffic"))) <= MAX_LINES


def test_traffic_is_allowed_only_in_the_traffic_matrix() -> None:
    matrix = lines(method("_traffic"))
    calls = list(allow_calls())

    assert calls
    assert [(file.name, line) for file, line in calls if file != STACK or line not in matrix] == []
