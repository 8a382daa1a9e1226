"""The picture of the dashboard: what is read from its JSON, the sample data, and the committed file."""

import io
import json
from statistics import fmean
from typing import Any

import pytest
from PIL import Image

from constructs_lib.commands.dashboard import OF_DOCUMENTATION
from constructs_lib.pictures.dashboard import png, source
from constructs_lib.pictures.png import digest, digest_of
from constructs_lib.pictures.resources import PictureError
from constructs_lib.pictures.samples import MINUTES, sample
from constructs_lib.pictures.widgets import Line, Widget, board
from tests.unit.pictures.documentation import example
from tests.unit.synthesis import Block, Synthesized

STALE = "run `pipenv run dashboard`, look at the result, and commit it"


def document(*widgets: Block) -> Block:
    """A stack with a dashboard of these widgets."""
    body = json.dumps({"widgets": widgets})
    return {"resource": {"aws_cloudwatch_dashboard": {"d": {"dashboard_name": "d", "dashboard_body": body}}}}


def widget(kind: str = "metric", **properties: Any) -> Block:  # noqa: ANN401 - part of a JSON document
    return {"type": kind, "x": 0, "y": 0, "width": 6, "height": 6, "properties": properties}


def lines(**properties: Any) -> list[Line]:  # noqa: ANN401 - part of a JSON document
    (found,) = board(document(widget(**properties))).widgets
    return list(found.lines)


def by_title(stack: Synthesized) -> dict[str, Widget]:
    return {each.title: each for each in board(stack.document).widgets}


def test_the_picture_of_the_documentation_is_drawn_from_the_dashboard_as_it_is() -> None:
    assert digest_of(OF_DOCUMENTATION) == digest(source(board(example().document))), STALE


def test_it_has_the_size_of_the_grid(prod: Synthesized) -> None:
    drawn = png(board(prod.document))
    rows = max(each.y + each.height for each in board(prod.document).widgets)

    with Image.open(io.BytesIO(drawn)) as image:
        assert (image.width, image.height) == (24 * 60, rows * 60 + 46)
    assert len(drawn) < 300_000
    assert png(board(prod.document)) == drawn


def test_every_reference_is_replaced_by_a_name(every: Synthesized) -> None:
    found = board(every.document)

    assert "${" not in found.body
    assert found.name == every.one("aws_cloudwatch_dashboard")["dashboard_name"]
    (alarms,) = (each.alarms for each in found.widgets if each.kind == "alarm")
    names = {each["alarm_name"] for each in every.all("aws_cloudwatch_metric_alarm").values()}
    assert set(alarms) == names | {f"{every.prefix}-api-down"}


def test_a_resource_whose_name_is_unknown_has_its_name_in_terraform() -> None:
    stack = document(widget("alarm", alarms=["${aws_sns_topic.topic_1A.arn}"]))

    assert board(stack).widgets[0].alarms == ["aws_sns_topic.topic_1A"]


def test_every_threshold_has_its_value_axis_and_colour(prod: Synthesized) -> None:
    (latency,) = by_title(prod)["API Latency"].thresholds

    threshold = prod.settings.monitoring.latency_p99_milliseconds / 1000
    assert (latency.value, latency.axis, latency.colour) == (threshold, "left", "#d62728")


def test_an_expression_is_evaluated_over_its_metrics_at_every_period(prod: Synthesized) -> None:
    running, desired, missing = by_title(prod)["Tasks"].lines

    assert [running.label, desired.label, missing.label] == ["Running", "Desired", "Missing"]
    assert len(missing.values) == MINUTES
    assert missing.values == [d - r for d, r in zip(desired.values, running.values, strict=True) if d and r]
    assert {0, 1} <= set(missing.values)


def test_a_graph_has_one_value_for_each_of_its_periods(prod: Synthesized) -> None:
    assert {len(line.values) for line in by_title(prod)["Error Rate"].lines} == {MINUTES // 5}
    assert {len(line.values) for line in by_title(prod)["Requests"].lines} == {MINUTES}


def test_a_metric_without_options_has_those_of_its_graph() -> None:
    (line,) = lines(metrics=[["AWS/ApplicationELB", "RequestCount"]], period=300, stat="Sum")

    assert (line.label, line.axis, line.period_seconds) == ("RequestCount", "left", 300)
    assert line.values == sample("RequestCount", {}, "Sum", 300)


def test_options_of_a_metric_are_before_those_of_its_graph() -> None:
    options = {"stat": "Maximum", "period": 60, "label": "Most", "yAxis": "right"}
    (line,) = lines(metrics=[["AWS/X", "Unknown", "Name", "a", options]], period=300, stat="Sum")

    assert (line.label, line.axis, line.period_seconds) == ("Most", "right", 60)
    assert line.values == sample("Unknown", {"Name": "a"}, "Maximum", 60)


@pytest.mark.parametrize(("statistic", "aggregate"), [("Sum", sum), ("Minimum", min), ("Maximum", max)])
def test_a_period_aggregates_the_minutes(statistic: str, aggregate: Any) -> None:  # noqa: ANN401 - sum, min, max
    minutes = sample("RequestCount", {}, statistic, 60)

    assert sample("RequestCount", {}, statistic, 300) == [
        aggregate(minutes[start : start + 5]) for start in range(0, MINUTES, 5)
    ]


def test_the_writer_and_the_reader_have_different_samples() -> None:
    writer, reader = (
        sample("CPUUtilization", {"Role": role}, "Average", 60) for role in ("WRITER", "READER")
    )
    assert fmean(writer) > 1.5 * fmean(reader)


@pytest.mark.parametrize(
    "other",
    [
        widget("text", markdown="# Title\nA line with $ and $"),
        widget("log", query="fields @message"),
        widget("metric", title="empty"),
        widget("alarm", alarms=[]),
    ],
    ids=lambda each: str(each["type"]),
)
def test_every_kind_of_widget_is_drawn(other: Block) -> None:
    with Image.open(io.BytesIO(png(board(document(other))))) as image:
        image.load()
        colours = image.convert("RGB").getcolors(1 << 20) or []

    assert len(colours) > 10


def test_the_text_of_a_widget_is_drawn() -> None:
    one, other = (png(board(document(widget("text", markdown=text)))) for text in ("one", "another"))
    with Image.open(io.BytesIO(one)) as first, Image.open(io.BytesIO(other)) as second:
        assert first.convert("RGB").tobytes() != second.convert("RGB").tobytes()


@pytest.mark.parametrize(
    "stack",
    [
        {"resource": {}},
        {},
        document({"type": "metric"}),
        document(widget(metrics=[["AWS/X", "M", "Name"]])),
        document(widget(metrics=[[{"expression": "RATE(m)", "id": "e"}], ["AWS/X", "M", {"id": "m"}]])),
        {"resource": {"aws_cloudwatch_dashboard": {"d": {"dashboard_name": "d", "dashboard_body": "{"}}}},
    ],
)
def test_what_is_not_a_valid_dashboard_is_refused_in_one_line(stack: Block) -> None:
    with pytest.raises(PictureError, match=r"\A(the dashboard cannot be drawn|the stack has 0 )[^\n]+\Z"):
        board(stack)
