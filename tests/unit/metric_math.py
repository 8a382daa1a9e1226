"""The part of CloudWatch's metric math that the alarms use, on one period.

A metric without a data point is None, and so is what is made of it. FILL is taken at its least: it fills
gaps between data points, and leaves a metric that has none as it is. SUM passes over what is None.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
"""

import ast
import operator
from collections.abc import Mapping

Values = Mapping[str, float | None]

_OPERATORS = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}


def evaluate(expression: str, values: Values) -> float | None:
    """The value of an expression when its metrics have these values; ValueError for what is not known."""
    return _value(ast.parse(expression, mode="eval").body, values)


def _value(node: ast.expr, values: Values) -> float | None:
    match node:
        case ast.Constant(value=int() | float() as number):
            return number
        case ast.Name(id=name):
            return values[name]
        case ast.BinOp(left, operation, right) if type(operation) in _OPERATORS:
            return _combine(_OPERATORS[type(operation)], _value(left, values), _value(right, values))
        case ast.Compare(left, [ast.GtE()], [right]):
            return _combine(operator.ge, _value(left, values), _value(right, values))
        case ast.Call(func=ast.Name(id="IF"), args=[condition, then, otherwise]):
            holds = _value(condition, values)
            return None if holds is None else _value(then if holds else otherwise, values)
        case ast.Call(func=ast.Name(id="FILL"), args=[metric, ast.Constant()]):
            return _value(metric, values)
        case ast.Call(func=ast.Name(id="SUM"), args=[ast.List(elts=metrics)]):
            known = [value for metric in metrics if (value := _value(metric, values)) is not None]
            return sum(known) if known else None
    raise ValueError(f"nothing is known of {ast.unparse(node)}")


def _combine(
    operation: "operator._BinaryOperator", left: float | None, right: float | None
) -> float | None:
    return None if left is None or right is None else operation(left, right)
