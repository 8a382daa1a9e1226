"""The resources of a synthesized stack or of a plan, with only the attributes that a picture needs.

A picture ends up in a pull request, so a value is read only if it has the form of an address range, a port, a
zone and the like; no other text of a plan gets into it.
"""

import ipaddress
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Action = Literal["none", "create", "update", "replace", "delete"]

_ACTIONS: Mapping[tuple[str, ...], Action] = {
    ("no-op",): "none",
    ("read",): "none",
    ("create",): "create",
    ("delete",): "delete",
    ("create", "delete"): "replace",
    ("delete", "create"): "replace",
}
_REFERENCE = re.compile(r"\$\{(?P<address>[a-z]\w*\.[\w-]+)\.\w+\}")
_ATTRIBUTES_WITH_REFERENCES = (
    "security_group_id",
    "referenced_security_group_id",
    "prefix_list_id",
    "subnet_id",
)


class PictureError(Exception):
    """A picture cannot be drawn; the message says why, on one line."""


@dataclass(frozen=True, kw_only=True)
class Resource:
    """A resource: its address, what a plan does to it, its values and the addresses that it refers to."""

    type: str
    name: str
    action: Action = "none"
    values: Mapping[str, str | int] = field(default_factory=dict)
    references: Mapping[str, str] = field(default_factory=dict)

    @property
    def address(self) -> str:
        """The Terraform address."""
        return f"{self.type}.{self.name}"

    @property
    def construct(self) -> str:
        """The id of the construct of the stack that the resource is in."""
        return self.name.partition("_")[0]


def _matches(pattern: str) -> Callable[[object], bool]:
    compiled = re.compile(pattern)
    return lambda value: isinstance(value, str) and bool(compiled.fullmatch(value))


def _is_network(value: object) -> bool:
    try:
        ipaddress.ip_network(str(value))
    except ValueError:
        return False
    return isinstance(value, str)


def _is_number(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


_VALUES: Mapping[str, Callable[[object], bool]] = {
    "availability_zone": _matches(r"[a-z]{2}(-[a-z]{2,10}){1,3}-\d[a-z]"),
    "cidr_block": _is_network,
    "cidr_ipv4": _is_network,
    "cidr_ipv6": _is_network,
    "engine_version": _matches(r"\d{1,3}(\.\d{1,3}){0,2}"),
    "from_port": _is_number,
    "ip_protocol": _matches(r"-1|tcp|udp|icmp|icmpv6|\d{1,3}"),
    "max_capacity": _is_number,
    "min_capacity": _is_number,
    "service_name": _matches(
        r"com\.amazonaws\.[a-z]{2}(-[a-z]{2,10}){1,3}-\d\.[a-z0-9]{1,20}([.-][a-z0-9]{1,20})?"
    ),
    "to_port": _is_number,
    "vpc_endpoint_type": _matches(r"Gateway|GatewayLoadBalancer|Interface|Resource|ServiceNetwork"),
}


def of_stack(document: Mapping[str, Any]) -> list[Resource]:
    """Return the resources of a synthesized stack."""
    return [
        Resource(type=type_, name=name, values=_values(arguments), references=_references(arguments))
        for type_, resources in document.get("resource", {}).items()
        for name, arguments in resources.items()
    ]


def of_plan(plan: Mapping[str, Any]) -> list[Resource]:
    """Return the resources of a plan in the format of `terraform show -json`, with what happens to them.

    Raises PictureError if the document is not a plan.
    """
    changes = plan.get("resource_changes")
    if not isinstance(changes, list):
        raise PictureError("not a plan: must be the output of `terraform show -json PLANFILE`")
    try:
        managed = [each for each in changes if each["mode"] == "managed"]
        expressions = {
            each["address"]: each.get("expressions", {})
            for each in plan.get("configuration", {}).get("root_module", {}).get("resources", [])
        }
        addresses = dict(_known_ids(managed))
        return [_of_change(each, expressions.get(each["address"], {}), addresses) for each in managed]
    except (AttributeError, KeyError, TypeError):
        raise PictureError(
            "not a complete plan: must be the output of `terraform show -json PLANFILE`"
        ) from None


def _of_change(
    change: Mapping[str, Any], expressions: Mapping[str, Any], addresses: Mapping[str, str]
) -> Resource:
    arguments = change["change"]["after"] or change["change"]["before"] or {}
    references = {}
    for name in _ATTRIBUTES_WITH_REFERENCES:
        expression = expressions.get(name, {})
        if referred := expression.get("references", []):
            references[name] = ".".join(referred[0].split(".")[:2])
        elif (found := addresses.get(str(arguments.get(name)))) is not None:
            references[name] = found
    return Resource(
        type=change["type"],
        name=change["name"],
        action=_ACTIONS.get(tuple(change["change"]["actions"]), "update"),
        values=_values(arguments),
        references=references,
    )


def _known_ids(changes: Iterable[Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
    """Yield the ids in the state, which is all that a resource that is deleted refers to."""
    for each in changes:
        before = each["change"]["before"] or {}
        for attribute in ("id", "prefix_list_id"):
            # A rule has the attribute too, and there it is the id of the endpoint's list.
            if isinstance(before.get(attribute), str) and not each["type"].endswith("_rule"):
                yield before[attribute], f"{each['type']}.{each['name']}"


def _values(arguments: Mapping[str, Any]) -> dict[str, str | int]:
    return {name: arguments[name] for name, valid in _VALUES.items() if valid(arguments.get(name))}


def _references(arguments: Mapping[str, Any]) -> dict[str, str]:
    found = ((name, arguments.get(name)) for name in _ATTRIBUTES_WITH_REFERENCES)
    matches = ((name, _REFERENCE.fullmatch(value)) for name, value in found if isinstance(value, str))
    return {name: match["address"] for name, match in matches if match}
