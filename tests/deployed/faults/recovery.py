"""The documented recovery after a killed apply: adopt the resources that its output reports as created, and
find those that were still being created, to adopt or delete them."""

import json
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from constructs_lib.commands import adopt as adoption
from tests.deployed.faults.kinds import (
    INTERNET_GATEWAY,
    KEY,
    LISTENER,
    RECORD,
    ROUTE,
    SELECTION,
    SERVICE,
    WEB_ACL,
    client,
    ec2,
    kind,
    rules,
)
from tests.emulator import processes
from tests.emulator.account import Account
from tests.emulator.deployment import CHECKOUT
from tests.emulator.terraform import Terraform

# The stack's resource types that exist independently of another resource, in an order in which AWS deletes
# them.
KINDS = {
    "aws_route53_record": RECORD,
    "aws_ecs_service": SERVICE,
    "aws_ecs_task_definition": kind(
        ("ecs", "list_task_definitions", "taskDefinitionArns"),
        ("deregister_task_definition", "taskDefinition"),
        find={"status": "ACTIVE"},
    ),
    "aws_ecs_cluster": kind(("ecs", "list_clusters", "clusterArns"), ("delete_cluster", "cluster")),
    "aws_lb_listener": LISTENER,
    "aws_lb": kind(
        ("elbv2", "describe_load_balancers", "LoadBalancers[].LoadBalancerArn"),
        ("delete_load_balancer", "LoadBalancerArn"),
    ),
    "aws_lb_target_group": kind(
        ("elbv2", "describe_target_groups", "TargetGroups[].TargetGroupArn"),
        ("delete_target_group", "TargetGroupArn"),
    ),
    "aws_wafv2_web_acl": WEB_ACL,
    "aws_backup_selection": SELECTION,
    "aws_backup_plan": kind(
        ("backup", "list_backup_plans", "BackupPlansList[].BackupPlanId"),
        ("delete_backup_plan", "BackupPlanId"),
    ),
    "aws_backup_vault": kind(
        ("backup", "list_backup_vaults", "BackupVaultList[].BackupVaultName"),
        ("delete_backup_vault", "BackupVaultName"),
    ),
    "aws_lambda_function": kind(
        ("lambda", "list_functions", "Functions[].FunctionName"), ("delete_function", "FunctionName")
    ),
    "aws_rds_cluster_instance": kind(
        ("rds", "describe_db_instances", "DBInstances[].DBInstanceIdentifier"),
        ("delete_db_instance", "DBInstanceIdentifier"),
        remove={"SkipFinalSnapshot": True},
    ),
    "aws_rds_cluster": kind(
        ("rds", "describe_db_clusters", "DBClusters[].DBClusterIdentifier"),
        ("delete_db_cluster", "DBClusterIdentifier"),
        remove={"SkipFinalSnapshot": True},
    ),
    "aws_db_subnet_group": kind(
        ("rds", "describe_db_subnet_groups", "DBSubnetGroups[].DBSubnetGroupName"),
        ("delete_db_subnet_group", "DBSubnetGroupName"),
    ),
    "aws_rds_cluster_parameter_group": kind(
        (
            "rds",
            "describe_db_cluster_parameter_groups",
            "DBClusterParameterGroups[].DBClusterParameterGroupName",
        ),
        ("delete_db_cluster_parameter_group", "DBClusterParameterGroupName"),
    ),
    "aws_db_event_subscription": kind(
        ("rds", "describe_event_subscriptions", "EventSubscriptionsList[].CustSubscriptionId"),
        ("delete_event_subscription", "SubscriptionName"),
    ),
    "aws_acm_certificate": kind(
        ("acm", "list_certificates", "CertificateSummaryList[].CertificateArn"),
        ("delete_certificate", "CertificateArn"),
    ),
    "aws_secretsmanager_secret": kind(
        ("secretsmanager", "list_secrets", "SecretList[].ARN"),
        ("delete_secret", "SecretId"),
        remove={"ForceDeleteWithoutRecovery": True},
    ),
    "aws_sns_topic": kind(("sns", "list_topics", "Topics[].TopicArn"), ("delete_topic", "TopicArn")),
    "aws_cloudwatch_log_group": kind(
        ("logs", "describe_log_groups", "logGroups[].logGroupName"), ("delete_log_group", "logGroupName")
    ),
    "aws_s3_bucket": kind(("s3", "list_buckets", "Buckets[].Name"), ("delete_bucket", "Bucket")),
    "aws_flow_log": ec2("describe_flow_logs", "FlowLogs[].FlowLogId", "delete_flow_logs", "FlowLogIds"),
    "aws_vpc_endpoint": ec2(
        "describe_vpc_endpoints",
        "VpcEndpoints[?State!='deleted'].VpcEndpointId",
        "delete_vpc_endpoints",
        "VpcEndpointIds",
    ),
    "aws_route": ROUTE,
    "aws_nat_gateway": ec2(
        "describe_nat_gateways",
        "NatGateways[?State!='deleted'].NatGatewayId",
        "delete_nat_gateway",
        "NatGatewayId",
    ),
    "aws_eip": ec2("describe_addresses", "Addresses[].AllocationId", "release_address", "AllocationId"),
    "aws_vpc_security_group_egress_rule": rules("egress"),
    "aws_vpc_security_group_ingress_rule": rules("ingress"),
    "aws_security_group": ec2(
        "describe_security_groups",
        "SecurityGroups[?GroupName!='default'].GroupId",
        "delete_security_group",
        "GroupId",
    ),
    "aws_route_table_association": ec2(
        "describe_route_tables",
        "RouteTables[].Associations[].RouteTableAssociationId",
        "disassociate_route_table",
        "AssociationId",
    ),
    "aws_subnet": ec2("describe_subnets", "Subnets[].SubnetId", "delete_subnet", "SubnetId"),
    "aws_network_acl": ec2(
        "describe_network_acls", "NetworkAcls[].NetworkAclId", "delete_network_acl", "NetworkAclId"
    ),
    "aws_route_table": ec2(
        "describe_route_tables", "RouteTables[].RouteTableId", "delete_route_table", "RouteTableId"
    ),
    "aws_internet_gateway": INTERNET_GATEWAY,
    "aws_vpc": ec2("describe_vpcs", "Vpcs[].VpcId", "delete_vpc", "VpcId"),
    "aws_iam_policy": kind(
        ("iam", "list_policies", "Policies[].Arn"), ("delete_policy", "PolicyArn"), find={"Scope": "Local"}
    ),
    "aws_iam_role": kind(("iam", "list_roles", "Roles[].RoleName"), ("delete_role", "RoleName")),
    "aws_kms_alias": kind(
        ("kms", "list_aliases", "Aliases[?!starts_with(AliasName, 'alias/aws/')].AliasName"),
        ("delete_alias", "AliasName"),
    ),
    "aws_kms_key": KEY,
}

# The attribute that identifies a resource, if it is not `id`.
_IDS = {"aws_ecs_task_definition": "arn"}


class Resource(NamedTuple):
    """An existing resource, by its type and id in Terraform."""

    type_: str
    id_: str


@dataclass(frozen=True)
class Adopted:
    """The number of import blocks that were written, and the names to search for by the addresses of
    unfinished creations."""

    blocks: int
    in_flight: dict[str, str]


def existing_resources(account: Account) -> list[Resource]:
    """All resources in the account, in an order in which they can be deleted."""
    return [Resource(type_, id_) for type_, each in KINDS.items() for id_ in each.find(account)]


def search_names(account: Account, resource: Resource) -> set[str]:
    """The names by which the console finds the resource: its description or name, and the parts of its id."""
    if resource.type_ == "aws_kms_key":
        return {client(account, "kms").describe_key(KeyId=resource.id_)["KeyMetadata"]["Description"]}
    filters = [{"Name": "resource-id", "Values": [resource.id_]}, {"Name": "key", "Values": ["Name"]}]
    tags = client(account, "ec2").describe_tags(Filters=filters)["Tags"]
    return {resource.id_, *resource.id_.replace("/", ":").split(":"), *(tag["Value"] for tag in tags)}


def resources_in_state(terraform: Terraform) -> set[Resource]:
    """All resources in the state."""
    pulled = processes.run(
        ("terraform", "state", "pull"), directory=terraform.directory, environment=terraform.environment
    )
    resources = json.loads(pulled.stdout or '{"resources": []}')["resources"]
    return {
        Resource(
            resource["type"], _without_dot(instance["attributes"][_IDS.get(resource["type"], "id")] or "")
        )
        for resource in resources
        if resource["type"] in KINDS
        for instance in resource["instances"]
    }


def created_resources(log: Path) -> set[Resource]:
    """All resources that the log reports as created."""
    output = adoption.read(log.read_text(encoding="utf-8"))
    return {Resource(address.partition(".")[0], _without_dot(id_)) for address, id_ in output.created.items()}


def _without_dot(id_: str) -> str:
    """Remove the dot at the end of a DNS record's name, which only some of its ids have."""
    zone_and_name, _, type_ = id_.rpartition("_")
    return f"{zone_and_name.removesuffix('.')}_{type_}" if zone_and_name.endswith(".") else id_


def adopt(terraform: Terraform, log: Path) -> Adopted:
    """Run `pipenv run adopt` on the log of the applies so far."""
    # The command expects the stack in the folder into which cdktf synthesizes it.
    output = terraform.directory.parent / "o"
    stack = output / "stacks" / terraform.directory.name
    if not stack.exists():
        stack.parent.mkdir(parents=True)
        stack.symlink_to(terraform.directory)
    finished = processes.run(
        (sys.executable, "-m", "constructs_lib.commands.adopt", stack.name, str(log)),
        directory=CHECKOUT,
        environment=terraform.environment | {"CDKTF_OUTDIR": str(output)},
    )
    assert finished.exit_code == 0, finished.stderr
    first, *rest = finished.stdout.splitlines()
    # ADDRESS: Creating did not complete, name payment-api-dev
    in_flight = [re.fullmatch(r"(\S+): \w+ did not complete(?:, \w+ (.+))?", line) for line in rest]
    return Adopted(int(first.split()[0]), {found[1]: found[2] or "" for found in in_flight if found})
