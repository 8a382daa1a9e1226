"""Who the caller is, what the caller is allowed to do, and the service-linked roles."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from constructs_lib.doctor.examination import Check, Examination
from constructs_lib.doctor.findings import Finding, NotAllowedError, UnknownError
from constructs_lib.settings.names import default_tags

_ALLOWED = "allowed"


@dataclass(frozen=True)
class _Request:
    """An action on a resource, and the context keys that only this request has."""

    action: str
    resource: str
    context: tuple[tuple[str, str], ...] = ()


# Type of a resource → the service of its ARN, the resource in it, and the action that creates it. Names stand
# for those of the deployment: {p} for its prefix.
_CREATED_BY: Mapping[str, tuple[str, str, str]] = {
    "aws_acm_certificate": ("acm", "certificate/*", "acm:RequestCertificate"),
    "aws_appautoscaling_target": (
        "application-autoscaling",
        "scalable-target/*",
        "application-autoscaling:RegisterScalableTarget",
    ),
    "aws_backup_plan": ("backup", "backup-plan:*", "backup:CreateBackupPlan"),
    "aws_backup_vault": ("backup", "backup-vault:{p}", "backup:CreateBackupVault"),
    "aws_cloudwatch_log_group": ("logs", "log-group:/ecs/{p}", "logs:CreateLogGroup"),
    "aws_cloudwatch_metric_alarm": ("cloudwatch", "alarm:{p}-error-rate", "cloudwatch:PutMetricAlarm"),
    "aws_ecs_cluster": ("ecs", "cluster/{p}", "ecs:CreateCluster"),
    "aws_ecs_service": ("ecs", "service/{p}/{p}", "ecs:CreateService"),
    "aws_eip": ("ec2", "elastic-ip/*", "ec2:AllocateAddress"),
    "aws_kms_key": ("", "*", "kms:CreateKey"),
    "aws_lambda_function": ("lambda", "function:{p}-database-roles", "lambda:CreateFunction"),
    "aws_lb": ("elasticloadbalancing", "loadbalancer/app/{p}/*", "elasticloadbalancing:CreateLoadBalancer"),
    "aws_nat_gateway": ("ec2", "natgateway/*", "ec2:CreateNatGateway"),
    "aws_rds_cluster": ("rds", "cluster:{p}", "rds:CreateDBCluster"),
    "aws_rds_cluster_instance": ("rds", "db:{p}-writer", "rds:CreateDBInstance"),
    "aws_secretsmanager_secret": (
        "secretsmanager",
        "secret:{p}-database-a1B2c3",
        "secretsmanager:CreateSecret",
    ),
    "aws_security_group": ("ec2", "security-group/*", "ec2:CreateSecurityGroup"),
    "aws_sns_topic": ("sns", "{p}-alarms", "sns:CreateTopic"),
    "aws_vpc": ("ec2", "vpc/*", "ec2:CreateVpc"),
    "aws_vpc_endpoint": ("ec2", "vpc-endpoint/*", "ec2:CreateVpcEndpoint"),
    "aws_wafv2_web_acl": ("wafv2", "regional/webacl/{p}/*", "wafv2:CreateWebACL"),
}


@dataclass(frozen=True)
class _LinkedRole:
    """A service-linked role, and the type of the resource whose creation needs it."""

    name: str
    service: str
    type: str


_LINKED_ROLES = (
    _LinkedRole("AWSServiceRoleForECS", "ecs", "aws_ecs_cluster"),
    _LinkedRole(
        "AWSServiceRoleForApplicationAutoScaling_ECSService",
        "ecs.application-autoscaling",
        "aws_appautoscaling_target",
    ),
    _LinkedRole("AWSServiceRoleForElasticLoadBalancing", "elasticloadbalancing", "aws_lb"),
    _LinkedRole("AWSServiceRoleForRDS", "rds", "aws_rds_cluster"),
    _LinkedRole("AWSServiceRoleForBackup", "backup", "aws_backup_plan"),
)


def _caller_may_deploy(examined: Examination) -> Iterator[Finding]:
    """Find actions that create the deployment's resources and that IAM would not allow the caller."""
    denied = _denied(examined, [*_creating(examined), *_roles_and_state(examined)])
    if denied:
        yield Finding(
            f"{examined.caller['Arn']} is not allowed {', '.join(sorted({each.action for each in denied}))}",
            "use the credentials of a role that deploys, or attach a policy with these actions",
        )


def _linked_roles(examined: Examination) -> Iterator[Finding]:
    """Find service-linked roles that are missing and that AWS could not create for the caller."""
    for role in _LINKED_ROLES:
        if not examined.resources(role.type):
            continue
        found = examined.aws.find("iam", "get_role", missing=("NoSuchEntity",), RoleName=role.name)
        if found is not None:
            continue
        principal = f"{role.service}.amazonaws.com"
        request = _Request(
            "iam:CreateServiceLinkedRole",
            f"arn:aws:iam::{examined.account_id}:role/aws-service-role/{principal}/{role.name}",
            (("iam:AWSServiceName", principal),),
        )
        if _denied(examined, [request]):
            yield Finding(
                f"the service-linked role {role.name} is missing, and the caller is not allowed to create it",
                f"aws iam create-service-linked-role --aws-service-name {principal}, as somebody who is",
            )


def _creating(examined: Examination) -> Iterator[_Request]:
    account, region, prefix = examined.account_id, examined.settings.region, examined.settings.name_prefix
    for type_, (service, resource, action) in _CREATED_BY.items():
        if examined.resources(type_):
            arn = f"arn:aws:{service}:{region}:{account}:{resource.format(p=prefix)}" if service else "*"
            yield _Request(action, arn)


def _roles_and_state(examined: Examination) -> Iterator[_Request]:
    # Those of the other roles have the same beginning.
    name = next(iter(examined.names("aws_iam_role").values()))
    role = f"arn:aws:iam::{examined.account_id}:role/{name}"
    yield _Request("iam:CreateRole", role)
    yield _Request("iam:PassRole", role, (("iam:PassedToService", "ecs-tasks.amazonaws.com"),))
    yield _Request("route53:ChangeResourceRecordSets", "arn:aws:route53:::hostedzone/*")
    yield _Request("s3:CreateBucket", f"arn:aws:s3:::{examined.settings.name_prefix}-logs-0123456789abcdef")
    state = f"arn:aws:s3:::{examined.settings.state.bucket}/{examined.state_key}"
    yield _Request("s3:GetObject", state)
    yield _Request("s3:PutObject", state)


def _denied(examined: Examination, requests: list[_Request]) -> list[_Request]:
    """The requests that IAM would deny. Raises UnknownError if IAM does not tell."""
    caller = _principal(examined)
    if caller is None:
        return []
    context = {
        **{f"aws:RequestTag/{key}": value for key, value in default_tags(examined.settings.suffix).items()},
        "aws:RequestedRegion": examined.settings.region,
    }
    return [each for each in requests if not _is_allowed(examined, caller, each, context)]


def _is_allowed(examined: Examination, caller: str, request: _Request, context: Mapping[str, str]) -> bool:
    entries = {**context, **dict(request.context)}
    (result,) = examined.aws.get(
        "iam",
        "simulate_principal_policy",
        PolicySourceArn=caller,
        ActionNames=[request.action],
        ResourceArns=[request.resource],
        ContextEntries=[
            {"ContextKeyName": name, "ContextKeyValues": [value], "ContextKeyType": "string"}
            for name, value in entries.items()
        ],
    )["EvaluationResults"]
    if result["EvalDecision"] != _ALLOWED and (missing := result.get("MissingContextValues")):
        raise UnknownError(f"{request.action} depends on {', '.join(missing)}")
    return bool(result["EvalDecision"] == _ALLOWED)


def _principal(examined: Examination) -> str | None:
    """The IAM user or role whose policies apply to the caller; None for the root user, who has none."""
    arn = str(examined.caller["Arn"])
    resource = arn.split(":", 5)[5]
    kind, _, rest = resource.partition("/")
    match kind:
        case "root":
            return None
        case "assumed-role":
            name = rest.partition("/")[0]
            try:
                # The ARN of a session lacks the path of the role.
                role = examined.aws.find("iam", "get_role", missing=("NoSuchEntity",), RoleName=name)
            except NotAllowedError:
                role = None
            return role["Role"]["Arn"] if role else f"arn:aws:iam::{examined.account_id}:role/{name}"
        case "user":
            return arn.replace(":sts:", ":iam:")
    raise UnknownError(f"IAM does not simulate the policies of {arn}")


CHECKS = (
    Check("what the caller is allowed to do", _caller_may_deploy),
    Check("the service-linked roles", _linked_roles),
)
