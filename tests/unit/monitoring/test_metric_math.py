"""The evaluator of metric math says what CloudWatch says."""

import pytest

from tests.unit.monitoring.metric_math import evaluate


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
def test_with_data(expression: str, value: float) -> None:
    assert evaluate(expression, {"a": 4, "b": 10}) == value


@pytest.mark.parametrize("expression", ["a", "a + 1", "a / a", "a >= 1", "IF(a >= 1, 1, 2)", "SUM([a])"])
def test_without_data_there_is_no_value(expression: str) -> None:
    assert evaluate(expression, {"a": None}) is None


def test_fill_does_not_fill_a_metric_without_any_data() -> None:
    assert evaluate("FILL(a, 0)", {"a": None}) is None


def test_sum_passes_over_a_metric_without_data() -> None:
    assert evaluate("SUM([a, b])", {"a": 3, "b": None}) == 3


@pytest.mark.parametrize("expression", ["RATE(a)", "a ** 2", "MAX([a])", "'a'"])
def test_what_it_does_not_know_it_refuses(expression: str) -> None:
    with pytest.raises(ValueError, match="nothing is known of"):
        evaluate(expression, {"a": 1})
