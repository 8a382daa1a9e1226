"""The paths that a change opens in the network, in words."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from constructs_lib.review import safe
from constructs_lib.review.findings import Finding, Kind, Rule
from constructs_lib.review.plan import Change

# The arguments of a security group rule that say what it allows.
_PATH = (
    "cidr_ipv4",
    "cidr_ipv6",
    "from_port",
    "to_port",
    "ip_protocol",
    "prefix_list_id",
    "referenced_security_group_id",
    "security_group_id",
)
_SECURITY_GROUP = "_security-group"
_EVERY_PROTOCOL = "-1"


def group_rule(change: Change) -> Iterator[Finding]:
    """The path that a rule of a security group opens, or closes."""
    if change.removes:
        yield Finding(Kind.ROUTINE, f"closes {_path(change, change.before)}", change.address, complete=True)
    elif change.creates or any(name in _PATH for name in change.changed()):
        yield Finding(Kind.NETWORK, _path(change, change.after), change.address, complete=True)


def _path(change: Change, values: Mapping[str, Any]) -> str:
    own = _group(change, "security_group_id")
    if values.get("cidr_ipv4") or values.get("cidr_ipv6"):
        peer = safe.cidr(values.get("cidr_ipv4") or values.get("cidr_ipv6"))
    elif values.get("referenced_security_group_id") or change.is_unknown("referenced_security_group_id"):
        peer = _group(change, "referenced_security_group_id")
    elif values.get("prefix_list_id") or change.is_unknown("prefix_list_id"):
        peer = "the addresses of an AWS service"
    else:
        peer = "addresses known only after the apply"
    ends = (own, peer) if change.type.endswith("egress_rule") else (peer, own)
    return f"{_protocol(values)} from {ends[0]} to {ends[1]}"


def _group(change: Change, name: str) -> str:
    """The security group as the person who reads the code knows it."""
    group = change.group_of(name)
    if group is None:
        return "a security group"
    return f"'{safe.label(group).removesuffix(_SECURITY_GROUP)}'"


def _protocol(values: Mapping[str, Any]) -> str:
    protocol = str(values.get("ip_protocol", values.get("protocol")))
    if protocol == _EVERY_PROTOCOL:
        return "every port"
    name = protocol.upper() if protocol in ("tcp", "udp", "icmp", "icmpv6") else "a protocol, port"
    ports = [safe.port(values.get(key)) for key in ("from_port", "to_port")]
    return f"{name} {ports[0] if ports[0] == ports[1] else '-'.join(ports)}"


def inline_rules(direction: str) -> Rule:
    """The rules that a network ACL or a security group has as blocks."""

    def find(change: Change, name: str) -> Iterator[Finding]:
        before, after = (side.get(name) or [] for side in (change.before, change.after))
        opened: dict[str, list[str]] = {}
        for rule in after:
            if rule not in before and rule.get("action", "allow") == "allow":
                opened.setdefault(_protocol(rule), []).append(_range(rule))
        for protocol, ranges in opened.items():
            text = f"{protocol} {direction} {', '.join(ranges)}"
            yield Finding(Kind.NETWORK, text, change.address)
        denied = [rule for rule in before if rule.get("action") == "deny" and rule not in after]
        if denied:
            yield Finding(Kind.NETWORK, f"{len(denied)} rules that deny are gone", change.address)
        closed = [rule for rule in before if rule.get("action") != "deny" and rule not in after]
        if closed:
            yield Finding(Kind.ROUTINE, f"closes {len(closed)} paths {direction}", change.address)

    return Rule(find, created=True)


def _range(rule: Mapping[str, Any]) -> str:
    ranges = [rule.get("cidr_block"), rule.get("ipv6_cidr_block"), *(rule.get("cidr_blocks") or [])]
    shown = [safe.cidr(each) for each in ranges if each]
    return ", ".join(shown) or "other security groups"


def route(change: Change) -> Iterator[Finding]:
    """Where a route leads."""
    if change.removes:
        yield Finding(Kind.INTERRUPTION, f"no route to {_destination(change.before)}", change.address)
        return
    changed = set(change.changed())
    names = ("gateway_id", "nat_gateway_id", "vpc_peering_connection_id", "transit_gateway_id")
    through = next((each for each in names if change.after.get(each) or change.is_configured(each)), None)
    if change.creates or change.replaces:
        way = "" if through is None else f" through {_WAYS[through]}"
        yield Finding(Kind.NETWORK, f"route to {_destination(change.after)}{way}", change.address)
    elif {"gateway_id", *names} & changed:
        kind = Kind.INTERRUPTION if changed & set(names) == {"nat_gateway_id"} else Kind.NETWORK
        text = (
            "connections through the present NAT gateway end, and new ones have another public address"
            if kind is Kind.INTERRUPTION
            else f"route to {_destination(change.after)} leads elsewhere"
        )
        yield Finding(kind, text, change.address)


_WAYS = {
    "gateway_id": "a gateway of the VPC",
    "nat_gateway_id": "a NAT gateway",
    "vpc_peering_connection_id": "a peered VPC",
    "transit_gateway_id": "a transit gateway",
}


def _destination(values: Mapping[str, Any]) -> str:
    found = values.get("destination_cidr_block") or values.get("destination_ipv6_cidr_block")
    return safe.cidr(found) if found else "the addresses of an AWS service"


def listener(change: Change) -> Iterator[Finding]:
    """The port that a load balancer listens on."""
    if change.removes:
        return
    if change.creates or {"port", "protocol"} & set(change.changed()):
        values = change.after
        protocol = values.get("protocol")
        name = protocol if protocol in ("HTTP", "HTTPS", "TCP", "TLS") else "a protocol, port"
        text = f"the load balancer listens on {name} {safe.port(values.get('port'))}"
        yield Finding(Kind.NETWORK, text, change.address)


def public(name: str, text: str, *, closed: object = False) -> Rule:
    """A switch that makes something reachable from the internet, at once for a new resource."""

    def find(change: Change, _name: str) -> Iterator[Finding]:
        value = change.after.get(name)
        if value not in (closed, None, ""):
            yield Finding(Kind.NETWORK, text, change.address)

    return Rule(find, created=True)


def network_configuration() -> Rule:
    """The subnets, security groups and public addresses of tasks."""

    def find(change: Change, name: str) -> Iterator[Finding]:
        after = _block(change.after.get(name))
        before = _block(change.before.get(name))
        if after.get("assign_public_ip") and not before.get("assign_public_ip"):
            yield Finding(Kind.NETWORK, "the tasks have public addresses", change.address)
        if not change.creates and any(
            before.get(key) != after.get(key) for key in ("subnets", "security_groups")
        ):
            yield Finding(Kind.NETWORK, "the tasks are in other subnets or security groups", change.address)

    return Rule(find, compares=False, created=True)


def _block(blocks: Iterable[Mapping[str, Any]] | None) -> Mapping[str, Any]:
    return next(iter(blocks or ()), {})


def gateway(change: Change) -> Iterator[Finding]:
    """An internet gateway, without which nothing in a VPC is reachable."""
    if change.creates:
        yield Finding(Kind.NETWORK, "the VPC has a gateway to the internet", change.address)


def endpoint(change: Change) -> Iterator[Finding]:
    """An endpoint of an AWS service; only those with network interfaces are billed."""
    if change.creates and change.after.get("vpc_endpoint_type") == "Interface":
        zones = change.configured.get("subnet_ids", {})
        count = len(set(zones.get("references", ()))) // 2 if isinstance(zones, Mapping) else 0
        text = f"adds an interface endpoint in {count} zones" if count else "adds an interface endpoint"
        yield Finding(Kind.COST, text, change.address)
