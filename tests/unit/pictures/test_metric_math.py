"""The evaluator of metric math computes what CloudWatch computes."""

import pytest

from constructs_lib.pictures.metric_math import evaluate


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("a + 2 * b", 24),
        ("100 * a / b", 40),
        ("a - b", -6),
        ("a >= 4", True),
        ("a >= 5", False),
        ("IF(a >= 5, b, 0)", 0),
        ("IF(a >= 4, b, a / 0)", 10),
        ("FILL(a, 0)", 4),
        ("SUM([a, b])", 14),
    ],
)
def test_an_expression_over_metrics_with_data_has_a_value(expression: str, value: float) -> None:
    assert evaluate(expression, {"a": 4, "b": 10}) == value


@pytest.mark.parametrize("expression", ["a", "a + 1", "a / a", "a >= 1", "IF(a >= 1, 1, 2)", "SUM([a])"])
def test_an_expression_over_a_metric_without_data_has_no_value(expression: str) -> None:
    assert evaluate(expression, {"a": None}) is None


def test_fill_does_not_fill_a_metric_without_any_data_points() -> None:
    assert evaluate("FILL(a, 0)", {"a": None}) is None


def test_sum_ignores_a_metric_without_data() -> None:
    assert evaluate("SUM([a, b])", {"a": 3, "b": None}) == 3


@pytest.mark.parametrize("expression", ["RATE(a)", "a ** 2", "MAX([a])", "'a'"])
def test_an_unsupported_function_operator_or_literal_raises_value_error(expression: str) -> None:
    with pytest.raises(ValueError, match="not supported by this evaluator"):
        evaluate(expression, {"a": 1})
