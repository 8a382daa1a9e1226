"""The widgets of a CloudWatch dashboard, read from its JSON in a synthesized stack.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from constructs_lib.pictures.metric_math import evaluate
from constructs_lib.pictures.resources import PictureError
from constructs_lib.pictures.samples import sample

_REFERENCE = re.compile(r"\$\{(?P<type>\w+)\.(?P<name>[\w-]+)\.(?P<attribute>\w+)\}")
_NAMES = ("alarm_name", "name", "cluster_identifier", "family")
_DEFAULT_PERIOD, _DEFAULT_STATISTIC = 300, "Average"


@dataclass(frozen=True, kw_only=True)
class Line:
    """A line of a graph with its sample values, one for each period."""

    label: str
    axis: str
    period_seconds: int
    values: Sequence[float | None]


@dataclass(frozen=True, kw_only=True)
class Threshold:
    """A horizontal line."""

    label: str
    axis: str
    value: float
    colour: str | None


@dataclass(frozen=True, kw_only=True)
class Widget:
    """A widget with its place in the grid; what its type has none of is empty."""

    kind: str
    x: int
    y: int
    width: int
    height: int
    title: str
    text: str = ""
    alarms: Sequence[str] = ()
    lines: Sequence[Line] = ()
    thresholds: Sequence[Threshold] = ()
    axes: Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, kw_only=True)
class Board:
    """A dashboard: its name, its JSON with the names of resources, and its widgets."""

    name: str
    body: str
    widgets: Sequence[Widget]


def board(document: Mapping[str, Any]) -> Board:
    """Return the dashboard of a synthesized stack. Raises PictureError if it has none, or an invalid one."""
    dashboards = list(document.get("resource", {}).get("aws_cloudwatch_dashboard", {}).values())
    if len(dashboards) != 1:
        raise PictureError(
            f"the stack has {len(dashboards)} resources of aws_cloudwatch_dashboard: must be one"
        )
    body = _resolved(dashboards[0]["dashboard_body"], document)
    try:
        widgets = [_widget(each) for each in json.loads(body)["widgets"]]
    except (KeyError, TypeError, ValueError) as error:
        raise PictureError(f"the dashboard cannot be drawn: {type(error).__name__}: {error}") from None
    return Board(name=_resolved(dashboards[0]["dashboard_name"], document), body=body, widgets=widgets)


def _resolved(text: str, document: Mapping[str, Any]) -> str:
    """Replace references to resources by their names in AWS, or in Terraform where the former is unknown."""

    def name(reference: re.Match[str]) -> str:
        resource = document["resource"].get(reference["type"], {}).get(reference["name"], {})
        names = (resource.get(attribute) for attribute in (reference["attribute"], *_NAMES))
        return next(
            (each for each in names if isinstance(each, str) and "${" not in each),
            f"{reference['type']}.{reference['name']}",
        )

    return _REFERENCE.sub(name, text)


def _widget(widget: Mapping[str, Any]) -> Widget:
    properties = widget["properties"]
    annotations = properties.get("annotations", {}).get("horizontal", [])
    return Widget(
        kind=widget["type"],
        x=widget["x"],
        y=widget["y"],
        width=widget["width"],
        height=widget["height"],
        title=properties.get("title", ""),
        text=properties.get("markdown", ""),
        alarms=properties.get("alarms", []),
        lines=_lines(properties),
        thresholds=[
            Threshold(
                label=each.get("label", ""),
                axis=each.get("yAxis", "left"),
                value=each["value"],
                colour=each.get("color"),
            )
            for each in annotations
        ],
        axes=properties.get("yAxis", {}),
    )


def _lines(properties: Mapping[str, Any]) -> list[Line]:
    entries = [_Entry.of(each, properties) for each in properties.get("metrics", [])]
    samples = {id(each): each.sample() for each in entries if each.expression is None}
    by_id = {each.id: samples[id(each)] for each in entries if each.id is not None and id(each) in samples}
    return [
        Line(
            label=each.label,
            axis=each.axis,
            period_seconds=each.period_seconds,
            values=samples[id(each)] if each.expression is None else _evaluated(each.expression, by_id),
        )
        for each in entries
        if each.visible
    ]


def _evaluated(expression: str, by_id: Mapping[str, Sequence[float]]) -> list[float | None]:
    points = zip(*by_id.values(), strict=True)
    return [evaluate(expression, dict(zip(by_id, point, strict=True))) for point in points]


@dataclass(frozen=True, kw_only=True)
class _Entry:
    """An element of `metrics`: a metric or an expression."""

    name: str
    dimensions: Mapping[str, str]
    statistic: str
    expression: str | None
    id: str | None
    label: str
    axis: str
    period_seconds: int
    visible: bool

    @classmethod
    def of(cls, entry: Sequence[Any], properties: Mapping[str, Any]) -> "_Entry":
        options = entry[-1] if isinstance(entry[-1], dict) else {}
        _, name, *pairs = [part for part in entry if not isinstance(part, dict)] or ("", "")
        expression = options.get("expression")
        return cls(
            name=name,
            dimensions=dict(zip(pairs[::2], pairs[1::2], strict=True)),
            statistic=options.get("stat", properties.get("stat", _DEFAULT_STATISTIC)),
            expression=expression,
            id=options.get("id"),
            label=options.get("label") or name or expression or "",
            axis=options.get("yAxis", "left"),
            period_seconds=options.get("period", properties.get("period", _DEFAULT_PERIOD)),
            visible=options.get("visible", True),
        )

    def sample(self) -> list[float]:
        return sample(self.name, self.dimensions, self.statistic, self.period_seconds)
