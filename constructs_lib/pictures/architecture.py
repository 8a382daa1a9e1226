"""The architecture as nodes and arrows, derived from the resources."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from constructs_lib.pictures.places import OTHER, PLACES, RULE, place
from constructs_lib.pictures.resources import Action, Resource

CLIENTS, DESTINATIONS = "clients", "destinations"

_ANYWHERE = ("0.0.0.0/0", "::/0")
_SUBNET = re.compile(r"_(?P<kind>public|private|database)-subnet-")
_MOST_DESTINATIONS = 3


@dataclass(frozen=True, kw_only=True)
class Node:
    """One thing in the picture and the resources that it stands for."""

    id: str
    lines: Sequence[str]
    resources: Sequence[Resource] = ()


@dataclass(frozen=True, kw_only=True)
class Arrow:
    """The connections from one node to another that security group rules allow."""

    source: str
    target: str
    ports: Mapping[str, Sequence[Resource]]

    @property
    def rules(self) -> list[Resource]:
        """The rules of all ports."""
        return [rule for rules in self.ports.values() for rule in rules]


@dataclass(frozen=True, kw_only=True)
class Subnet:
    """A subnet of a zone: public, private or database."""

    kind: str
    zone: str
    node: Node


@dataclass(frozen=True, kw_only=True)
class Architecture:
    """All that the picture shows."""

    zones: Sequence[str]
    subnets: Sequence[Subnet]
    nodes: Mapping[str, Node]
    arrows: Sequence[Arrow]

    @property
    def shown(self) -> set[str]:
        """The addresses of all resources that a node or an arrow stands for, except under "other"."""
        nodes = [node for id_, node in self.nodes.items() if id_ != OTHER]
        of_nodes = {each.address for node in nodes for each in node.resources}
        of_subnets = {each.address for subnet in self.subnets for each in subnet.node.resources}
        return of_nodes | of_subnets | {rule.address for arrow in self.arrows for rule in arrow.rules}


def actions(resources: Iterable[Resource]) -> list[Action]:
    """Return what a plan does to the resources, without those that stay."""
    return [each.action for each in resources if each.action != "none"]


def architecture(resources: Sequence[Resource]) -> Architecture:
    """Derive the picture's nodes and arrows."""
    zones = {
        each.address: str(each.values["availability_zone"])
        for each in resources
        if each.type == "aws_subnet" and "availability_zone" in each.values
    }
    members: dict[str, list[Resource]] = {}
    for each in sorted(resources, key=lambda each: each.address):
        node = place(each, zones)
        if node != RULE:
            members.setdefault(node, []).append(each)
    arrows = _arrows([each for each in resources if PLACES.get(each.type) == RULE], resources)
    subnets = [_subnet(members.pop(id_)) for id_ in list(members) if id_.startswith("subnet ")]
    nodes = {
        id_: Node(id=id_, lines=_lines(id_, of_node), resources=of_node) for id_, of_node in members.items()
    }
    for arrow in arrows:
        for id_ in (arrow.source, arrow.target):
            if id_ not in nodes:
                nodes[id_] = Node(id=id_, lines=_lines_of_addresses(id_, arrows))
    return Architecture(
        zones=sorted(set(zones.values())),
        subnets=sorted(subnets, key=lambda each: (each.zone, each.kind)),
        nodes=dict(sorted(nodes.items())),
        arrows=arrows,
    )


def _subnet(resources: list[Resource]) -> Subnet:
    (resource,) = resources
    kind = _SUBNET.search(resource.name)
    range_ = str(resource.values.get("cidr_block", ""))
    return Subnet(
        kind=kind["kind"] if kind else "private",
        zone=str(resource.values.get("availability_zone", "")),
        node=Node(id=resource.address, lines=[range_], resources=resources),
    )


# Arrows


def _arrows(rules: Sequence[Resource], resources: Sequence[Resource]) -> list[Arrow]:
    groups = {each.address: place(each, {}) for each in resources}
    found: dict[tuple[str, str], dict[str, list[Resource]]] = {}
    for rule in sorted(rules, key=lambda rule: rule.address):
        group = groups.get(rule.references.get("security_group_id", ""), OTHER)
        ingress = "ingress" in rule.type
        peer = _peer(rule, groups, CLIENTS if ingress else DESTINATIONS)
        pair = (peer, group) if ingress else (group, peer)
        found.setdefault(pair, {}).setdefault(_port(rule), []).append(rule)
    return [
        Arrow(source=source, target=target, ports=dict(sorted(ports.items(), key=_by_number)))
        for (source, target), ports in sorted(found.items())
    ]


def _by_number(item: tuple[str, object]) -> tuple[int, str]:
    return len(item[0]), item[0]


def _peer(rule: Resource, groups: Mapping[str, str], outside: str) -> str:
    for attribute in ("referenced_security_group_id", "prefix_list_id"):
        if attribute in rule.references:
            return groups.get(rule.references[attribute], OTHER)
    return outside


def _port(rule: Resource) -> str:
    protocol = str(rule.values.get("ip_protocol", "tcp"))
    if protocol == "-1":
        return "all traffic"
    first, last = rule.values.get("from_port"), rule.values.get("to_port")
    ports = str(first) if first == last else f"{first} to {last}"
    return ports if protocol == "tcp" else f"{protocol} {ports}"


# Labels


def _count(type_: str, one: str, more: str) -> Callable[[Sequence[Resource]], str]:
    def line(resources: Sequence[Resource]) -> str:
        number = sum(each.type == type_ and each.action != "delete" for each in resources)
        return f"{number} {one if number == 1 else more}"

    return line


def _tasks(resources: Sequence[Resource]) -> str:
    for each in resources:
        if (
            each.type == "aws_appautoscaling_target"
            and {"min_capacity", "max_capacity"} <= each.values.keys()
        ):
            return f"{each.values['min_capacity']} to {each.values['max_capacity']} tasks"
    return "tasks"


def _engine(resources: Sequence[Resource]) -> str:
    versions = [each.values["engine_version"] for each in resources if "engine_version" in each.values]
    return f"PostgreSQL {versions[0]}" if versions else "PostgreSQL"


def _services(resources: Sequence[Resource]) -> str:
    names = (str(each.values.get("service_name", "")) for each in resources)
    return "\n".join(sorted({".".join(name.split(".")[3:]) for name in names if name}))


_LABELS: Mapping[str, Sequence[str | Callable[[Sequence[Resource]], str]]] = {
    "alarms": ("CloudWatch", _count("aws_cloudwatch_metric_alarm", "alarm", "alarms"), "dashboard"),
    "backup": ("AWS Backup", "vault"),
    "certificate": ("ACM", "certificate"),
    "database": ("Aurora cluster", _engine),
    "database-roles": ("Lambda", "role manager"),
    "dns": ("Route 53",),
    "endpoints": ("Interface endpoints", _services),
    "firewall": ("AWS WAF",),
    "gateway-endpoint": ("Gateway", "endpoint", "S3"),
    "iam": ("IAM", _count("aws_iam_role", "role", "roles")),
    "internet-gateway": ("Internet", "gateway"),
    "keys": ("KMS", _count("aws_kms_key", "key", "keys")),
    "load-balancer": ("Application", "load balancer"),
    "log-bucket": ("S3", "access logs"),
    "logs": (
        "CloudWatch Logs",
        _count("aws_cloudwatch_log_group", "group", "groups"),
        _count("aws_flow_log", "flow log", "flow logs"),
    ),
    "migration": ("Lambda", "migrations"),
    "network": ("VPC",),
    "registry": ("ECR", "images"),
    "secrets": ("Secrets Manager", _count("aws_secretsmanager_secret", "secret", "secrets")),
    "service": ("Fargate service", _tasks),
    "state-bucket": ("S3", "Terraform state"),
    "topic": ("SNS", "alarm topic"),
}


def _lines(id_: str, resources: Sequence[Resource]) -> list[str]:
    if id_ == OTHER:
        types = sorted({each.type for each in resources})
        return ["Other", *types]
    if id_.startswith("instance "):
        return [id_.removeprefix("instance ")]
    if id_.startswith("nat "):
        return ["NAT"]
    if id_ == "network":
        ranges = [
            str(each.values["cidr_block"]) for each in resources if each.type == "aws_vpc" and each.values
        ]
        return [" ".join(["VPC", *ranges])]
    lines = (line if isinstance(line, str) else line(resources) for line in _LABELS[id_])
    return [part for line in lines for part in line.split("\n")]


def _lines_of_addresses(id_: str, arrows: Sequence[Arrow]) -> list[str]:
    """Label the addresses outside of the VPC: clients, or the destinations of the tasks."""
    rules = [rule for arrow in arrows if id_ in (arrow.source, arrow.target) for rule in arrow.rules]
    ranges = sorted({str(each.values[name]) for each in rules for name in _RANGES if name in each.values})
    title = "Clients" if id_ == CLIENTS else "Destinations" if id_ == DESTINATIONS else "Other"
    if set(ranges) <= set(_ANYWHERE):
        return [title] if id_ == CLIENTS else [title, "any address"]
    more = len(ranges) - _MOST_DESTINATIONS
    return [title, *ranges[:_MOST_DESTINATIONS], *([f"and {more} more"] if more > 0 else [])]


_RANGES = ("cidr_ipv4", "cidr_ipv6")
