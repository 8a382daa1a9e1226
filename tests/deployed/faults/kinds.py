"""How resources of one Terraform type are listed and deleted through the AWS API."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

# The stubs are another package, types-jmespath, which adds nothing for one function that returns Any.
from jmespath import search  # type: ignore[import-untyped]

from tests.emulator.account import Account

# Terraform tags the stack's EC2 resources on creation; the resources that come with an account or VPC have no
# tags.
_TAGGED = [{"Name": "tag:Project", "Values": ["payment-api"]}]
_ANY_ADDRESS = "0.0.0.0/0"
# The provider's id of a route to 0.0.0.0/0 is this prefix, the route table's id, and a hash of the
# destination.
_ROUTE_PREFIX, _ROUTE_HASH = "r-", "1080289494"
_REGIONAL = "REGIONAL"
_NO_ARGUMENTS: Mapping[str, object] = {}

Find = Callable[[Account], list[str]]
Remove = Callable[[Account, str], object]


@dataclass(frozen=True)
class Kind:
    """`find` lists the ids of all resources of the type, as in Terraform's state; `remove` deletes one by its
    id."""

    find: Find
    remove: Remove


@cache
def client(account: Account, service: str) -> Any:  # noqa: ANN401 - boto3 makes its type at run time
    """The account's client of the service, cached because creating one takes longer than a call."""
    return account.client(service)


def listed(service: str, listing: str, query: str, arguments: Mapping[str, object] = _NO_ARGUMENTS) -> Find:
    """Find what the JMESPath query finds in the response of the listing call."""
    return lambda account: search(query, getattr(client(account, service), listing)(**arguments)) or []


def kind(
    listing: tuple[str, str, str],
    deletion: tuple[str, str],
    *,
    find: Mapping[str, object] = _NO_ARGUMENTS,
    remove: Mapping[str, object] = _NO_ARGUMENTS,
) -> Kind:
    """A kind whose resources one call lists and another deletes.

    `listing` is the service, the call, and the JMESPath query for the ids; `deletion` is the call and the
    name of its parameter; `find` and `remove` are further arguments of the two calls.
    """
    service = listing[0]
    name, parameter = deletion

    def delete(account: Account, id_: str) -> None:
        value = [id_] if parameter.endswith("Ids") else id_
        getattr(client(account, service), name)(**{parameter: value}, **remove)

    return Kind(listed(*listing, find), delete)


def ec2(listing: str, query: str, deletion: str, parameter: str) -> Kind:
    """A kind of the stack's resources in EC2."""
    return kind(("ec2", listing, query), (deletion, parameter), find={"Filters": _TAGGED})


def rules(direction: str) -> Kind:
    """Security group rules; `direction` is egress or ingress."""
    negation = "" if direction == "egress" else "!"
    query = f"SecurityGroupRules[?{negation}IsEgress].SecurityGroupRuleId"
    arguments = {"Filters": _TAGGED, "MaxResults": 1000}

    def remove(account: Account, id_: str) -> None:
        api = client(account, "ec2")
        (rule,) = api.describe_security_group_rules(SecurityGroupRuleIds=[id_])["SecurityGroupRules"]
        revoke = getattr(api, f"revoke_security_group_{direction}")
        revoke(GroupId=rule["GroupId"], SecurityGroupRuleIds=[id_])

    return Kind(listed("ec2", "describe_security_group_rules", query, arguments), remove)


def _routes(account: Account) -> list[str]:
    query = f"RouteTables[?Routes[?DestinationCidrBlock=='{_ANY_ADDRESS}']].RouteTableId"
    tables = listed("ec2", "describe_route_tables", query, {"Filters": _TAGGED})(account)
    return [f"{_ROUTE_PREFIX}{table}{_ROUTE_HASH}" for table in tables]


def _delete_route(account: Account, id_: str) -> None:
    table = id_.removeprefix(_ROUTE_PREFIX).removesuffix(_ROUTE_HASH)
    client(account, "ec2").delete_route(RouteTableId=table, DestinationCidrBlock=_ANY_ADDRESS)


def _delete_gateway(account: Account, id_: str) -> None:
    """Detach the gateway from its VPC, and delete it."""
    api = client(account, "ec2")
    query = "InternetGateways[].Attachments[].VpcId"
    for vpc in listed("ec2", "describe_internet_gateways", query, {"InternetGatewayIds": [id_]})(account):
        api.detach_internet_gateway(InternetGatewayId=id_, VpcId=vpc)
    api.delete_internet_gateway(InternetGatewayId=id_)


def _records(account: Account) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """The id, zone and content of each record; the name in the id has no dot at its end."""
    api = client(account, "route53")
    for zone in listed("route53", "list_hosted_zones", "HostedZones[].Id")(account):
        short = zone.rpartition("/")[2]
        for record in api.list_resource_record_sets(HostedZoneId=short)["ResourceRecordSets"]:
            yield f"{short}_{record['Name'].rstrip('.')}_{record['Type']}", short, record


def _delete_record(account: Account, id_: str) -> None:
    ((zone, record),) = [(zone, record) for each, zone, record in _records(account) if each == id_]
    changes = [{"Action": "DELETE", "ResourceRecordSet": record}]
    client(account, "route53").change_resource_record_sets(
        HostedZoneId=zone, ChangeBatch={"Changes": changes}
    )


def _keys(account: Account) -> list[str]:
    api = client(account, "kms")
    all_keys = [api.describe_key(KeyId=each["KeyId"])["KeyMetadata"] for each in api.list_keys()["Keys"]]
    return search("[?KeyManager=='CUSTOMER' && KeyState=='Enabled'].KeyId", all_keys) or []


def _delete_web_acl(account: Account, id_: str) -> None:
    api = client(account, "wafv2")
    (name, token) = search(
        f"WebACLs[?Id=='{id_}'] | [0].[Name, LockToken]", api.list_web_acls(Scope=_REGIONAL)
    )
    api.delete_web_acl(Name=name, Scope=_REGIONAL, Id=id_, LockToken=token)


def within(outer: Find, service: str, listing: str, query: str, parameter: str) -> Find:
    """Find in each resource that `outer` finds, passing its id as `parameter`."""
    return lambda account: [
        id_ for each in outer(account) for id_ in listed(service, listing, query, {parameter: each})(account)
    ]


def _delete_service(account: Account, id_: str) -> None:
    client(account, "ecs").delete_service(cluster=id_.split("/")[1], service=id_, force=True)


def _delete_selection(account: Account, id_: str) -> None:
    """Delete the selection from its backup plan."""
    query = f"BackupSelectionsList[?SelectionId=='{id_}'].BackupPlanId"
    (plan,) = within(_plans, "backup", "list_backup_selections", query, "BackupPlanId")(account)
    client(account, "backup").delete_backup_selection(BackupPlanId=plan, SelectionId=id_)


_balancers = listed("elbv2", "describe_load_balancers", "LoadBalancers[].LoadBalancerArn")
_clusters = listed("ecs", "list_clusters", "clusterArns")
_plans = listed("backup", "list_backup_plans", "BackupPlansList[].BackupPlanId")

ROUTE = Kind(_routes, _delete_route)
INTERNET_GATEWAY = Kind(
    listed("ec2", "describe_internet_gateways", "InternetGateways[].InternetGatewayId", {"Filters": _TAGGED}),
    _delete_gateway,
)
RECORD = Kind(lambda account: [id_ for id_, _, _ in _records(account)], _delete_record)
KEY = Kind(_keys, lambda account, id_: client(account, "kms").schedule_key_deletion(KeyId=id_))
WEB_ACL = Kind(
    listed("wafv2", "list_web_acls", "WebACLs[].Id", {"Scope": _REGIONAL}),
    _delete_web_acl,
)
LISTENER = Kind(
    within(_balancers, "elbv2", "describe_listeners", "Listeners[].ListenerArn", "LoadBalancerArn"),
    lambda account, id_: client(account, "elbv2").delete_listener(ListenerArn=id_),
)
SELECTION = Kind(
    within(_plans, "backup", "list_backup_selections", "BackupSelectionsList[].SelectionId", "BackupPlanId"),
    _delete_selection,
)
SERVICE = Kind(within(_clusters, "ecs", "list_services", "serviceArns", "cluster"), _delete_service)
