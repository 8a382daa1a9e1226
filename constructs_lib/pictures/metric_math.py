"""Evaluates the part of CloudWatch's metric math that the alarms and the dashboard use, for a single period.

A metric without a data point is None, and so is every expression over it, except that SUM ignores None. FILL
fills only gaps between data points, so here, with one period, it returns its metric unchanged.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
"""

import ast
import operator
from collections.abc import Callable, Mapping, Sequence

Values = Mapping[str, float | None]

_OPERATORS: Mapping[type[ast.operator | ast.cmpop], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.GtE: operator.ge,
}


def evaluate(expression: str, values: Values) -> float | None:
    """Return the value of an expression for these values of its metrics.

    Raises ValueError for a function, operator or literal that is not supported.
    """
    return _value(ast.parse(expression, mode="eval").body, values)


def _value(node: ast.expr, values: Values) -> float | None:
    match node:
        case ast.Constant(value=int() | float() as number):
            return number
        case ast.Name(id=name):
            return values[name]
        case ast.BinOp(left, sign, right) | ast.Compare(left, [sign], [right]) if type(sign) in _OPERATORS:
            return _combine(_OPERATORS[type(sign)], _value(left, values), _value(right, values))
        case ast.Call(func=ast.Name(id=function), args=arguments):
            return _call(function, arguments, values)
    raise _unsupported(node)


def _call(function: str, arguments: Sequence[ast.expr], values: Values) -> float | None:
    match arguments:
        case [condition, then, otherwise] if function == "IF":
            is_true = _value(condition, values)
            return None if is_true is None else _value(then if is_true else otherwise, values)
        case [metric, ast.Constant()] if function == "FILL":
            return _value(metric, values)
        case [ast.List(elts=metrics)] if function == "SUM":
            present = [value for metric in metrics if (value := _value(metric, values)) is not None]
            return sum(present) if present else None
    raise _unsupported(function)


def _combine(
    operation: Callable[[float, float], float], left: float | None, right: float | None
) -> float | None:
    return None if left is None or right is None else operation(left, right)


def _unsupported(part: ast.expr | str) -> ValueError:
    return ValueError(
        f"not supported by this evaluator: {part if isinstance(part, str) else ast.unparse(part)}"
    )
