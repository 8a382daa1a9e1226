"""What a person does after an apply was killed, as the README says: adopt what its output says was
created, and delete what was still being created when it died."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from jmespath import search  # type: ignore[import-untyped] # it has no types, nor stubs for them

from tests.emulator import processes
from tests.emulator.account import Account
from tests.emulator.terraform import Terraform

_ADOPTED = "adopted.tf.json"
_CREATED = re.compile(r"^(?P<address>\S+): Creation complete after \S+ \[id=(?P<id>.+)\]$", re.MULTILINE)

# What has an identity of its own and can be imported by the id in Terraform's output. All else is either
# written again without harm (alarms, policies, settings of a bucket), or is in _ODD or _DELETED.
_ADOPTABLE = {
    "aws_acm_certificate", "aws_cloudwatch_log_group", "aws_db_event_subscription", "aws_db_subnet_group",
    "aws_eip", "aws_flow_log", "aws_iam_policy", "aws_iam_role", "aws_internet_gateway", "aws_kms_alias",
    "aws_kms_key", "aws_lb", "aws_lb_listener", "aws_lb_target_group", "aws_nat_gateway",
    "aws_rds_cluster", "aws_rds_cluster_instance", "aws_rds_cluster_parameter_group", "aws_route53_record",
    "aws_route_table", "aws_secretsmanager_secret", "aws_security_group", "aws_sns_topic", "aws_subnet",
    "aws_vpc", "aws_vpc_endpoint", "aws_vpc_security_group_egress_rule",
    "aws_vpc_security_group_ingress_rule",
}  # fmt: skip


@dataclass(frozen=True)
class Kind:
    """How what the state does not know is found through the API, and deleted."""

    service: str
    listing: str
    ids: str
    delete: str
    parameter: str
    more: tuple[tuple[str, Any], ...] = ()

    def found(self, account: Account) -> list[str]:
        """The ids of all there are, the account's own default network aside."""
        filters = [{"Name": "tag:Project", "Values": ["payment-api"]}]
        own = {"Filters": filters} if self.service == "ec2" else {}
        answer = getattr(account.client(self.service), self.listing)(**own)
        return [each for each in search(self.ids, answer) or [] if each]

    def remove(self, account: Account, id_: str) -> None:
        """Delete one."""
        value = [id_] if self.parameter.endswith("Ids") else id_
        if self.delete == "delete_internet_gateway":
            _detach(account, id_)
        getattr(account.client(self.service), self.delete)(**{self.parameter: value}, **dict(self.more))


def _detach(account: Account, gateway: str) -> None:
    """An internet gateway is let go by its VPC first."""
    ec2 = account.client("ec2")
    (found,) = ec2.describe_internet_gateways(InternetGatewayIds=[gateway])["InternetGateways"]
    for attachment in found["Attachments"]:
        ec2.detach_internet_gateway(InternetGatewayId=gateway, VpcId=attachment["VpcId"])


# In the order in which AWS lets go of them.
_DELETED = (
    Kind("rds", "describe_db_instances", "DBInstances[].DBInstanceIdentifier", "delete_db_instance",
         "DBInstanceIdentifier", (("SkipFinalSnapshot", True),)),
    Kind("rds", "describe_db_clusters", "DBClusters[].DBClusterIdentifier", "delete_db_cluster",
         "DBClusterIdentifier", (("SkipFinalSnapshot", True),)),
    Kind("rds", "describe_db_subnet_groups", "DBSubnetGroups[].DBSubnetGroupName", "delete_db_subnet_group",
         "DBSubnetGroupName"),
    Kind("rds", "describe_db_cluster_parameter_groups",
         "DBClusterParameterGroups[].DBClusterParameterGroupName", "delete_db_cluster_parameter_group",
         "DBClusterParameterGroupName"),
    Kind("rds", "describe_event_subscriptions", "EventSubscriptionsList[].CustSubscriptionId",
         "delete_event_subscription", "SubscriptionName"),
    Kind("elbv2", "describe_load_balancers", "LoadBalancers[].LoadBalancerArn", "delete_load_balancer",
         "LoadBalancerArn"),
    Kind("elbv2", "describe_target_groups", "TargetGroups[].TargetGroupArn", "delete_target_group",
         "TargetGroupArn"),
    Kind("acm", "list_certificates", "CertificateSummaryList[].CertificateArn", "delete_certificate",
         "CertificateArn"),
    Kind("secretsmanager", "list_secrets", "SecretList[].ARN", "delete_secret", "SecretId",
         (("ForceDeleteWithoutRecovery", True),)),
    Kind("s3", "list_buckets", "Buckets[?starts_with(Name,'payment-api-dev-')].Name", "delete_bucket",
         "Bucket"),
    Kind("logs", "describe_log_groups", "logGroups[].logGroupName", "delete_log_group", "logGroupName"),
    Kind("ec2", "describe_vpc_endpoints", "VpcEndpoints[?State!='deleted'].VpcEndpointId",
         "delete_vpc_endpoints", "VpcEndpointIds"),
    Kind("ec2", "describe_nat_gateways", "NatGateways[?State!='deleted'].NatGatewayId",
         "delete_nat_gateway", "NatGatewayId"),
    Kind("ec2", "describe_flow_logs", "FlowLogs[].FlowLogId", "delete_flow_logs", "FlowLogIds"),
    Kind("ec2", "describe_addresses", "Addresses[].AllocationId", "release_address", "AllocationId"),
    Kind("ec2", "describe_security_groups", "SecurityGroups[?GroupName!='default'].GroupId",
         "delete_security_group", "GroupId"),
    Kind("ec2", "describe_subnets", "Subnets[].SubnetId", "delete_subnet", "SubnetId"),
    Kind("ec2", "describe_route_tables", "RouteTables[].RouteTableId", "delete_route_table", "RouteTableId"),
    Kind("ec2", "describe_internet_gateways", "InternetGateways[].InternetGatewayId",
         "delete_internet_gateway", "InternetGatewayId"),
    Kind("ec2", "describe_vpcs", "Vpcs[].VpcId", "delete_vpc", "VpcId"),
    Kind("iam", "list_policies", "Policies[?starts_with(PolicyName,'payment-api-')].Arn", "delete_policy",
         "PolicyArn"),
    Kind("iam", "list_roles", "Roles[?starts_with(RoleName,'payment-api-')].RoleName", "delete_role",
         "RoleName"),
    Kind("kms", "list_aliases", "Aliases[?starts_with(AliasName,'alias/payment-api-dev-')].AliasName",
         "delete_alias", "AliasName"),
)  # fmt: skip


def known(terraform: Terraform) -> dict[str, str]:
    """Address → id of all that the state knows."""
    shown = processes.run(
        ("terraform", "show", "-json"), directory=terraform.directory, environment=terraform.environment
    )
    resources = json.loads(shown.stdout).get("values", {}).get("root_module", {}).get("resources", [])
    return {each["address"]: each["values"].get("id", "") for each in resources if each["mode"] == "managed"}


def created(output: str) -> dict[str, str]:
    """Address → id of all that Terraform said it created and that can be imported."""
    found = {match["address"]: match["id"] for match in _CREATED.finditer(output)}
    return {
        address: id_
        for address, id_ in found.items()
        if address.partition(".")[0] in (_ADOPTABLE | _ODD.keys())
    }


def leftovers(account: Account, ids: set[str]) -> list[tuple[Kind, str]]:
    """What stands in the account and is not among the ids."""
    return [(kind, each) for kind in _DELETED for each in kind.found(account) if each not in ids]


def adopt(terraform: Terraform, account: Account, outputs: str) -> int:
    """Import blocks for what Terraform's outputs say was created and the state does not know, which the next
    apply carries out; how many."""
    in_state = known(terraform)
    blocks = [
        {"to": address, "id": _ODD.get(address.partition(".")[0], _as_it_is)(account, id_)}
        for address, id_ in created(outputs).items()
        if address not in in_state
    ]
    (terraform.directory / _ADOPTED).write_text(json.dumps({"import": blocks}), encoding="utf-8")
    return len(blocks)


def _as_it_is(_account: Account, id_: str) -> str:
    return id_


def _route(_account: Account, id_: str) -> str:
    """Each route of the stack is the default route of its table."""
    return f"{id_.removeprefix('r-').rpartition('1080289494')[0]}_0.0.0.0/0"


def _association(account: Account, id_: str) -> str:
    filters = [{"Name": "association.route-table-association-id", "Values": [id_]}]
    (table,) = account.client("ec2").describe_route_tables(Filters=filters)["RouteTables"]
    (subnet,) = [each["SubnetId"] for each in table["Associations"] if each["RouteTableAssociationId"] == id_]
    return f"{subnet}/{table['RouteTableId']}"


def _web_acl(account: Account, id_: str) -> str:
    (name,) = [
        each["Name"]
        for each in account.client("wafv2").list_web_acls(Scope="REGIONAL")["WebACLs"]
        if each["Id"] == id_
    ]
    return f"{id_}/{name}/REGIONAL"


# Types that are imported by something else than their id: the end of each page of the provider's registry
# documentation says by what.
_ODD: dict[str, Callable[[Account, str], str]] = {
    "aws_ecs_cluster": lambda _account, id_: id_.rpartition("/")[2],
    "aws_ecs_service": lambda _account, id_: "/".join(id_.split("/")[-2:]),
    "aws_route": _route,
    "aws_route_table_association": _association,
    "aws_wafv2_web_acl": _web_acl,
}
