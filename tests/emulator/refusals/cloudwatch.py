"""CloudWatch: alarms, their expressions and rules, and dashboards."""

import ast
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from tests.emulator.calls import Call
from tests.emulator.refusals.rules import RefusedError, moto_refuses, refuses

moto_refuses("cloudwatch", "PutCompositeAlarm", code="ValidationError", kind="not there yet")

_METRIC_ID = re.compile(r"[a-z][a-zA-Z0-9_]*")
_TOPIC = re.compile(r"arn:[\w-]+:sns:(?P<region>[\w-]+):\d{12}:[\w.-]+")
_OTHER_ACTION = re.compile(r"arn:[\w-]+:(?:automate|autoscaling|ssm|ssm-incidents|lambda|aiops|swf|ec2):.+")

_FUNCTIONS = {
    *(
        "ABS",
        "ANOMALY_DETECTION_BAND",
        "AVG",
        "CEIL",
        "DATAPOINT_COUNT",
        "DB_PERF_INSIGHTS",
        "DIFF",
        "DIFF_TIME",
    ),
    *(
        "FILL",
        "FIRST",
        "FLOOR",
        "IF",
        "INSIGHT_RULE_METRIC",
        "LAST",
        "LAMBDA",
        "LOG",
        "LOG10",
        "MAX",
        "METRICS",
    ),
    *("METRIC_COUNT", "MIN", "MINUTE", "HOUR", "DAY", "DATE", "MONTH", "YEAR", "EPOCH", "PERIOD", "RATE"),
    *(
        "REMOVE_EMPTY",
        "RUNNING_SUM",
        "SEARCH",
        "SERVICE_QUOTA",
        "SLICE",
        "SORT",
        "STDDEV",
        "SUM",
        "TIME_SERIES",
    ),
}
_WORDS = {"REPEAT", "LINEAR", "ASC", "DESC"}
_SYNTAX = (
    *(
        ast.Expression,
        ast.BinOp,
        ast.UnaryOp,
        ast.BoolOp,
        ast.Compare,
        ast.Call,
        ast.Name,
        ast.Constant,
        ast.List,
    ),
    *(ast.operator, ast.unaryop, ast.boolop, ast.cmpop, ast.expr_context),
)


def _invalid(message: str) -> RefusedError:
    return RefusedError("ValidationError", message)


@refuses("cloudwatch", "PutMetricAlarm", kind="malformed")
def metrics_malformed(call: Call) -> None:
    """An alarm watches one metric, or the one query of a list that returns data. A list has at most ten
    metrics. Its expressions use functions of metric math and ids of the list.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
    """
    queries = call.parameters.get("Metrics")
    if not queries:
        if not call.parameters.get("MetricName"):
            raise _invalid("The alarm must have either a metric name or a list of metrics")
        if ("Statistic" in call.parameters) == ("ExtendedStatistic" in call.parameters):
            raise _invalid("The alarm must have exactly one of Statistic and ExtendedStatistic")
        return
    if call.parameters.get("MetricName"):
        raise _invalid("The parameters MetricName and Metrics exclude each other")
    ids = [query["Id"] for query in queries]
    if len(set(ids)) < len(ids):
        raise _invalid("The values for parameter id in Metrics must be unique")
    if malformed := [id_ for id_ in ids if not _METRIC_ID.fullmatch(id_)]:
        raise _invalid(f"Invalid id: {malformed[0]}")
    if sum(query.get("ReturnData", True) for query in queries) != 1:
        raise _invalid("Exactly one element of the metrics list should return data")
    if sum("MetricStat" in query for query in queries) > 10:
        raise _invalid("An alarm can have at most ten metrics")
    for query in queries:
        if ("Expression" in query) == ("MetricStat" in query):
            raise _invalid(f"The query {query['Id']} must have exactly one of Expression and MetricStat")
        if expression := query.get("Expression"):
            _check_expression(expression, set(ids))


def _check_expression(expression: str, ids: set[str]) -> None:
    text = re.sub(r"&&", " and ", re.sub(r"\|\|", " or ", expression)).strip()
    if re.match(r"SELECT\b", text, re.IGNORECASE):
        return  # a query of Metrics Insights
    try:
        nodes = list(ast.walk(ast.parse(text, mode="eval")))
    except SyntaxError as error:
        raise _invalid(f"Error in expression: invalid syntax in {expression}") from error
    functions = {id(node.func): node.func.id for node in nodes if _is_call(node)}  # type: ignore[attr-defined]
    for node in nodes:
        if not isinstance(node, _SYNTAX):
            raise _invalid(f"Error in expression: invalid syntax in {expression}")
        if isinstance(node, ast.Name) and id(node) in functions:
            if node.id not in _FUNCTIONS:
                raise _invalid(f"Error in expression: unsupported function {node.id}")
        elif isinstance(node, ast.Name) and node.id not in ids | _WORDS:
            raise _invalid(f"Error in expression: unknown identifier {node.id}")


def _is_call(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name)


def _periods(call: Call) -> Iterator[int]:
    queries: list[Any] = call.parameters.get("Metrics") or [call.parameters]
    for part in (part for query in queries for part in (query, query.get("MetricStat", {}))):
        if "Period" in part:
            yield int(part["Period"])


@refuses("cloudwatch", "PutMetricAlarm", kind="malformed")
def period_malformed(call: Call) -> None:
    """A period is 10, 20 or 30 seconds or a multiple of a minute. An alarm evaluates at most a day, or a week
    if its period is at least an hour, and not more data points than periods.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
    """
    periods = call.parameters["EvaluationPeriods"]
    for period in _periods(call):
        if period not in (10, 20, 30) and period % 60:
            raise _invalid(f"Metric period must be 10, 20, 30, or a multiple of 60: {period}")
        if period * periods > (604_800 if period >= 3600 else 86_400):
            raise _invalid("Metrics cannot be checked across more than a day (EvaluationPeriods * Period)")
    if call.parameters.get("DatapointsToAlarm", 1) > periods:
        raise _invalid("DatapointsToAlarm must not be greater than EvaluationPeriods")


@refuses("cloudwatch", "PutMetricAlarm", "PutCompositeAlarm", kind="malformed")
def action_malformed(call: Call) -> None:
    """An action of an alarm is the ARN of a topic of the alarm's Region, or of another supported action.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
    """
    for parameter in ("AlarmActions", "OKActions", "InsufficientDataActions"):
        for arn in call.parameters.get(parameter) or ():
            topic = _TOPIC.fullmatch(arn)
            if topic is None and not _OTHER_ACTION.fullmatch(arn):
                raise _invalid(f"Invalid arn syntax: {arn}")
            if topic and topic["region"] != call.region:
                raise _invalid(
                    f"Invalid region {topic['region']} specified. Only {call.region} is supported."
                )


# A reference to an alarm, a constant, an operator or a parenthesis.
_RULE_TOKEN = re.compile(
    r"""\s*(?:(?P<term>(?:ALARM|OK|INSUFFICIENT_DATA)\s*\(\s*(?:"[^"]+"|'[^']+'|[^"'()\s]+)\s*\)|TRUE|FALSE)"""
    r"""|(?P<operator>AND|OR)\b|(?P<negation>NOT)\b|(?P<parenthesis>[()]))\s*"""
)
_ALARM_REFERENCE = re.compile(r"""(?:ALARM|OK|INSUFFICIENT_DATA)\s*\(\s*["']?([^"')]+?)["']?\s*\)""")


def _python_of_rule(rule: str) -> str:
    """The rule as an expression of Python, to parse it. Raises SyntaxError at anything else."""
    words, position = [], 0
    while position < len(rule):
        token = _RULE_TOKEN.match(rule, position)
        if token is None:
            raise SyntaxError(rule)
        words.append("True" if token["term"] else token[0].strip().lower())
        position = token.end()
    return " ".join(words)


@refuses("cloudwatch", "PutCompositeAlarm", kind="malformed")
def rule_malformed(call: Call) -> None:
    """The rule of a composite alarm combines states of alarms with AND, OR, NOT and parentheses.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutCompositeAlarm.html
    """
    try:
        ast.parse(_python_of_rule(call.parameters["AlarmRule"]), mode="eval")
    except SyntaxError as error:
        raise _invalid(f"AlarmRule is not valid: {call.parameters['AlarmRule']}") from error


@refuses("cloudwatch", "DeleteAlarms", kind="in use")
def alarm_in_use(call: Call) -> None:
    """DeleteAlarms refuses an alarm that the rule of a remaining composite alarm names, and refuses to delete
    two composite alarms at once.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DeleteAlarms.html
    """
    deleted = set(call.parameters["AlarmNames"])
    composite = [alarm for alarm in list(call.backend("cloudwatch").alarms.values()) if alarm.rule]
    if sum(alarm.name in deleted for alarm in composite) > 1:
        raise _invalid("Only one composite alarm can be deleted in one operation")
    for alarm in composite:
        names = {name.rpartition(":alarm:")[2] for name in _ALARM_REFERENCE.findall(alarm.rule)}
        if alarm.name not in deleted and (used := names & deleted):
            raise _invalid(
                f"Cannot delete {', '.join(sorted(used))} as there are composite alarm(s) depending on it."
            )


# Type of widget → the property that it requires, and the property's type.
_WIDGETS: Mapping[str, Mapping[str, type]] = {
    "alarm": {"alarms": list},
    "explorer": {"metrics": list},
    "log": {"query": str, "region": str},
    "metric": {"region": str},
    "text": {"markdown": str},
}
_PLACES = {"x": (0, 23), "y": (0, 999_999), "width": (1, 24), "height": (1, 1000)}
_COLOR = re.compile(r"#[0-9a-fA-F]{6}")


@refuses("cloudwatch", "PutDashboard", kind="malformed")
def dashboard_malformed(call: Call) -> None:
    """The body of a dashboard is a JSON object with a list of widgets, each with a place, a type and the
    properties of that type. A dashboard has at most 500 widgets.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
    """
    try:
        body = json.loads(call.parameters["DashboardBody"])
    except ValueError as error:
        raise RefusedError(
            "InvalidParameterInput", "The field DashboardBody must be a valid JSON object"
        ) from error
    widgets = body.get("widgets") if isinstance(body, dict) else None
    if not isinstance(widgets, list):
        problems = ["/widgets: should be an array"]
    elif len(widgets) > 500:
        problems = ["/widgets: should have at most 500 items"]
    else:
        problems = [
            f"/widgets/{index}{problem}"
            for index, widget in enumerate(widgets)
            for problem in _problems_of_widget(widget)
        ]
    if problems:
        raise RefusedError(
            "InvalidParameterInput",
            f"The dashboard body is invalid, there are {len(problems)} validation errors: "
            f"{'; '.join(problems)}",
        )


def _problems_of_widget(widget: Any) -> Iterator[str]:  # noqa: ANN401 - part of a JSON document
    if not isinstance(widget, dict):
        yield ": should be an object"
        return
    properties = widget.get("properties")
    if widget.get("type") not in _WIDGETS:
        yield "/type: should be the type of a widget"
    elif not isinstance(properties, dict):
        yield "/properties: should be an object"
    else:
        for name, type_ in _WIDGETS[widget["type"]].items():
            if not isinstance(properties.get(name), type_):
                yield f"/properties/{name}: should be a {type_.__name__}"
        if widget["type"] == "metric":
            yield from _problems_of_metrics(properties)
    for name, (lowest, highest) in _PLACES.items():
        if name in widget and not (isinstance(widget[name], int) and lowest <= widget[name] <= highest):
            yield f"/{name}: should be from {lowest} to {highest}"


def _problems_of_metrics(properties: Mapping[str, Any]) -> Iterator[str]:
    """A graph shows metrics, each a list of texts that can end with an object, or alarms."""
    metrics, annotations = properties.get("metrics"), properties.get("annotations", {})
    if metrics is None and not annotations.get("alarms"):
        yield "/properties/metrics: should be an array"
    for index, metric in enumerate(metrics or ()):
        path = f"/properties/metrics/{index}"
        if not isinstance(metric, list) or not metric:
            yield f"{path}: should be a non-empty array"
            continue
        *texts, last = metric
        options = last if isinstance(last, dict) else {}
        if not all(isinstance(text, str) for text in (texts if isinstance(last, dict) else metric)):
            yield f"{path}: should have texts, and an object only at its end"
        if len(texts) < 1 and "expression" not in options:
            yield f"{path}: should have a namespace and the name of a metric"
        if not _COLOR.fullmatch(options.get("color", "#000000")):
            yield f"{path}/color: should be a color such as #1f77b4"
