"""Plans in the format of `terraform show -json`, built from synthesized stacks or by hand."""

import copy
import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from constructs_lib.review.findings import Kind
from constructs_lib.review.plan import read_plan
from constructs_lib.review.report import Review, review
from tests.unit.synthesis import Synthesized

Document = dict[str, Any]

_REFERENCE = re.compile(r"\$\{([^}]*)\}")
# Arguments that are maps; all other objects are blocks, of which a plan has lists.
_MAPS = ("dimensions", "keepers", "tags", "triggers")
_ADDRESS = re.compile(r"(?<![\w.])aws_\w+\.[\w-]+")
_META = ("//", "depends_on", "lifecycle")
# A new one takes the place of the old one when they change.
_REPLACED = ("aws_ecs_task_definition", "aws_rds_cluster_parameter_group")


def plan(*changes: Document, **parts: object) -> Document:
    """A plan of these changes."""
    return {
        "format_version": "1.2",
        "planned_values": {},
        "resource_changes": list(changes),
        "errored": False,
        "complete": True,
        **parts,
    }


def change(
    type_: str,
    before: Mapping[str, object] | None,
    after: Mapping[str, object] | None,
    *,
    name: str = "main",
    actions: list[str] | None = None,
    **marks: object,
) -> Document:
    """The change of one resource: an update, unless there is no resource before or after."""
    default = ["create"] if before is None else ["delete"] if after is None else ["update"]
    return {
        "address": f"{type_}.{name}",
        "mode": "managed",
        "type": type_,
        "name": name,
        "change": {
            "actions": actions or default,
            "before": None if before is None else dict(before),
            "after": None if after is None else dict(after),
            "after_unknown": marks.get("after_unknown", {}),
            "before_sensitive": marks.get("before_sensitive", {}),
            "after_sensitive": marks.get("after_sensitive", {}),
        },
    }


def updated(type_: str, before: Mapping[str, object], after: Mapping[str, object]) -> Document:
    """A plan that updates one resource."""
    return plan(change(type_, before, after))


def reviewed(document: Document) -> Review:
    """The review of a plan, which has been JSON before."""
    return review(read_plan(json.loads(json.dumps(document))))


def texts(document: Document, kind: Kind) -> list[str]:
    """The texts of the findings of a kind."""
    return [group.text for group in reviewed(document).sections.get(kind, [])]


def kinds(document: Document) -> list[Kind]:
    """The kinds of the findings."""
    return list(reviewed(document).sections)


def first_apply(stack: Synthesized) -> Document:
    """The plan of the first apply of a stack: what refers to another resource is unknown."""
    changes = []
    for address, arguments in _resources(stack):
        type_, _, name = address.partition(".")
        values = {key: value for key, value in arguments.items() if not _has_reference(value)}
        unknown = {key: True for key in arguments if key not in values}
        changes.append(change(type_, None, values, name=name, after_unknown={"id": True, **unknown}))
    return plan(*changes, configuration=_configuration(stack))


def destruction(stack: Synthesized) -> Document:
    """The plan of the destruction of a stack."""
    return plan(
        *(
            change(
                address.partition(".")[0], _existing(address, arguments), None, name=address.partition(".")[2]
            )
            for address, arguments in _resources(stack)
        )
    )


def difference(before: Synthesized, after: Synthesized) -> Document:
    """The plan that changes one deployed stack to the other."""
    old, new = dict(_resources(before)), dict(_resources(after))
    changes = []
    for address in {**old, **new}:
        type_, _, name = address.partition(".")
        was = _existing(address, old[address]) if address in old else None
        will = _existing(address, new[address], known=old.keys()) if address in new else None
        if was == will:
            continue
        actions = ["delete", "create"] if type_ in _REPLACED and was and will else None
        unknown = {key: True for key in new.get(address, {}) if will is not None and key not in will}
        changes.append(change(type_, was, will, name=name, actions=actions, after_unknown=unknown))
    state = [
        {"address": address, "mode": "managed", "values": _existing(address, arguments)}
        for address, arguments in old.items()
    ]
    return plan(
        *changes,
        configuration=_configuration(after),
        prior_state={"values": {"root_module": {"resources": state}}},
    )


def everything_changed(stack: Synthesized, changed: Callable[[str], str]) -> Document:
    """A plan that updates every argument of every resource: texts by a function, numbers and switches too."""
    changes = []
    for address, arguments in _resources(stack):
        type_, _, name = address.partition(".")
        before = _existing(address, arguments)
        changes.append(change(type_, before, _changed(before, changed), name=name))
    return plan(*changes, configuration=_configuration(stack))


def _changed(value: Any, text: Callable[[str], str]) -> Any:  # noqa: ANN401 - JSON
    match value:
        case bool():
            return not value
        case int() | float():
            return value + 1
        case str():
            return text(value)
        case list():
            return [_changed(each, text) for each in value]
        case dict():
            return {key: _changed(each, text) for key, each in value.items()}
    return value


def _resources(stack: Synthesized) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for type_, resources in stack.document["resource"].items():
        for name, arguments in resources.items():
            given = {key: value for key, value in arguments.items() if key not in _META}
            yield f"{type_}.{name}", _with_blocks(given)


def _with_blocks(arguments: Mapping[str, Any]) -> Document:
    return {key: _blocks(key, value) for key, value in arguments.items()}


def _blocks(key: str, value: Any) -> Any:  # noqa: ANN401 - JSON
    if isinstance(value, dict) and key not in _MAPS:
        return [_with_blocks(value)]
    if isinstance(value, list):
        return [_with_blocks(each) if isinstance(each, dict) else each for each in value]
    return value


def _has_reference(value: object) -> bool:
    return "${" in json.dumps(value)


def _existing(address: str, arguments: Mapping[str, Any], known: Any = None) -> Document:  # noqa: ANN401
    """The values of an existing resource: each reference has a value, unless its resource is not known."""

    def resolved(value: Any) -> Any:  # noqa: ANN401 - JSON
        if isinstance(value, str):
            return _REFERENCE.sub(lambda found: found[1].replace('"', ""), value)
        if isinstance(value, list):
            return [resolved(each) for each in value]
        return {key: resolved(each) for key, each in value.items()} if isinstance(value, dict) else value

    values = {
        key: resolved(value)
        for key, value in arguments.items()
        if known is None or not _refers_to_new(value, known)
    }
    return {**values, "id": f"{address}.id"}


def _refers_to_new(value: object, known: Any) -> bool:  # noqa: ANN401
    addresses = re.findall(_ADDRESS, " ".join(_REFERENCE.findall(json.dumps(value))))
    return any(each not in known for each in addresses)


def _configuration(stack: Synthesized) -> Document:
    resources = [
        {
            "address": address,
            "mode": "managed",
            "expressions": {key: _expression(value) for key, value in arguments.items()},
        }
        for address, arguments in _resources(stack)
    ]
    return {"root_module": {"resources": resources}}


def _expression(value: object) -> Document:
    expression: Document = {"constant_value": copy.deepcopy(value)}
    references = re.findall(_ADDRESS, " ".join(_REFERENCE.findall(json.dumps(value))))
    if references:
        expression["references"] = [f"{references[0]}.id", references[0]]
    return expression
