"""What AWS asks for beyond the calls of Terraform themselves: written by hand, each part with its source.

ACCOUNT and STATE_BUCKET stand for the account's ID and the bucket's name, as in derived.json.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from constructs_lib.foundation.iam import Conditions
from constructs_lib.settings.names import BOUNDARY, DEPLOY_ROLE, DRIFT_ROLE, PLAN_ROLE, PROJECT


@dataclass(frozen=True, kw_only=True)
class Requirement:
    """A statement: `call` needs it, `source` is where AWS says so, and if `planned`, a plan needs it, too."""

    sid: str
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    conditions: Conditions = field(default_factory=dict)
    call: str
    source: str
    planned: bool = False


_ROLES = f"arn:aws:iam::ACCOUNT:role/{PROJECT}-*"
_KEYS = "arn:aws:kms:*:ACCOUNT:key/*"
_OURS = {"aws:ResourceTag/Project": PROJECT}
_BOUNDARY_ARN = f"arn:aws:iam::ACCOUNT:policy/{BOUNDARY}"
# Service → the purposes of the roles that Terraform passes to it, as they are in the roles' names.
PASSED: Mapping[str, tuple[str, ...]] = {
    "backup.amazonaws.com": ("backup",),
    "ecs-tasks.amazonaws.com": ("task", "execution", "exec"),
    "lambda.amazonaws.com": ("roles", "migration"),
    "monitoring.rds.amazonaws.com": ("monitoring",),
    "vpc-flow-logs.amazonaws.com": ("flow-logs",),
}
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_aws-services-that-work-with-iam.html
SERVICE_LINKED: Mapping[str, str] = {
    "ecs.amazonaws.com": "AWSServiceRoleForECS",
    "ecs.application-autoscaling.amazonaws.com": "AWSServiceRoleForApplicationAutoScaling_ECSService",
    "elasticloadbalancing.amazonaws.com": "AWSServiceRoleForElasticLoadBalancing",
    "rds.amazonaws.com": "AWSServiceRoleForRDS",
    "backup.amazonaws.com": "AWSServiceRoleForBackup",
    "wafv2.amazonaws.com": "AWSServiceRoleForWAFV2Logging",
}


def _passed(service: str, purposes: tuple[str, ...]) -> Requirement:
    return Requirement(
        sid="PassTo" + "".join(part.capitalize() for part in service.split(".", maxsplit=1)[0].split("-")),
        actions=("iam:PassRole",),
        resources=tuple(f"{_ROLES}-{purpose}{end}" for purpose in purposes for end in ("", "_*")),
        conditions={"StringEquals": {"iam:PassedToService": service}},
        call=f"each call that gives a role to {service}",
        source="https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html",
    )


REQUIREMENTS: tuple[Requirement, ...] = (
    *(_passed(service, purposes) for service, purposes in PASSED.items()),
    Requirement(
        sid="RolesWithTheBoundary",
        actions=("iam:CreateRole", "iam:PutRolePermissionsBoundary"),
        resources=(_ROLES,),
        conditions={"StringEquals": {"iam:PermissionsBoundary": _BOUNDARY_ARN}},
        call="iam CreateRole",
        source="https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html",
    ),
    Requirement(
        sid="ServiceLinkedRoles",
        actions=("iam:CreateServiceLinkedRole",),
        resources=("arn:aws:iam::ACCOUNT:role/aws-service-role/*",),
        conditions={"StringEquals": {"iam:AWSServiceName": sorted(SERVICE_LINKED)}},
        call="the first load balancer, cluster, scaling, database, backup and web ACL log of an account",
        source="https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create-service-linked-role.html",
    ),
    Requirement(
        sid="FirewallLogDelivery",
        actions=(
            "logs:CreateLogDelivery",
            "logs:DeleteLogDelivery",
            "logs:DescribeResourcePolicies",
            "logs:PutResourcePolicy",
        ),
        resources=("*",),
        call="wafv2 PutLoggingConfiguration, DeleteLoggingConfiguration",
        source="https://docs.aws.amazon.com/waf/latest/developerguide/logging-cw-logs.html",
    ),
    Requirement(
        sid="EncryptedLogGroups",
        actions=("kms:DescribeKey",),
        resources=(_KEYS,),
        conditions={"StringEquals": _OURS},
        call="logs CreateLogGroup, rds CreateDBCluster, secretsmanager CreateSecret",
        source="https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/Overview.Encryption.Keys.html",
        planned=True,
    ),
    Requirement(
        sid="GrantsOfServices",
        actions=("kms:CreateGrant",),
        resources=(_KEYS,),
        conditions={"StringEquals": _OURS, "Bool": {"kms:GrantIsForAWSResource": "true"}},
        call="rds CreateDBCluster, backup CreateBackupVault, ecr CreateRepository, lambda CreateFunction",
        source="https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/Overview.Encryption.Keys.html",
    ),
    Requirement(
        sid="KeysThroughServices",
        actions=("kms:GenerateDataKey",),
        resources=(_KEYS,),
        conditions={
            "StringEquals": _OURS,
            "StringLike": {"kms:ViaService": ["s3.*.amazonaws.com", "secretsmanager.*.amazonaws.com"]},
        },
        call="s3 PutObject of the state, secretsmanager CreateSecret and PutSecretValue",
        source="https://docs.aws.amazon.com/secretsmanager/latest/userguide/security-encryption.html",
    ),
    Requirement(
        sid="ReadThroughServices",
        actions=("kms:Decrypt",),
        resources=(_KEYS,),
        conditions={
            "StringEquals": _OURS,
            "StringLike": {"kms:ViaService": ["s3.*.amazonaws.com", "secretsmanager.*.amazonaws.com"]},
        },
        call="s3 GetObject of the state, secretsmanager GetSecretValue",
        source="https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html",
        planned=True,
    ),
    Requirement(
        sid="EncryptedVault",
        actions=("backup-storage:MountCapsule",),
        resources=("*",),
        call="backup CreateBackupVault",
        source="https://docs.aws.amazon.com/aws-backup/latest/devguide/access-control.html",
    ),
    Requirement(
        sid="ChangedBackupPlans",
        actions=("backup:UpdateBackupPlan",),
        resources=("arn:aws:backup:*:ACCOUNT:backup-plan:*",),
        conditions={"StringEquals": _OURS},
        call="backup UpdateBackupPlan, which the emulator does not have",
        source="https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsbackup.html",
    ),
    Requirement(
        sid="TagsOfNewNetwork",
        actions=("ec2:CreateTags",),
        resources=("arn:aws:ec2:*:ACCOUNT:*/*",),
        conditions={
            "StringEquals": {"aws:RequestTag/Project": PROJECT},
            "StringLike": {"ec2:CreateAction": "*"},
        },
        call="each call of EC2 that creates a resource with tags",
        source="https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/supported-iam-actions-tagging.html",
    ),
    Requirement(
        sid="TagsOfNewLoadBalancing",
        actions=("elasticloadbalancing:AddTags",),
        resources=("arn:aws:elasticloadbalancing:*:ACCOUNT:*",),
        conditions={
            "StringEquals": {"aws:RequestTag/Project": PROJECT},
            "StringLike": {"elasticloadbalancing:CreateAction": "*"},
        },
        call="elbv2 CreateLoadBalancer, CreateListener, CreateTargetGroup",
        source=(
            "https://docs.aws.amazon.com/elasticloadbalancing/latest/userguide/"
            "tagging-resources-during-creation.html"
        ),
    ),
    Requirement(
        sid="TagsOfNewResources",
        actions=("acm:AddTagsToCertificate", "kms:TagResource"),
        resources=("arn:aws:acm:*:ACCOUNT:certificate/*", _KEYS),
        conditions={"StringEquals": {"aws:RequestTag/Project": PROJECT}},
        call="acm RequestCertificate, kms CreateKey",
        source="https://docs.aws.amazon.com/kms/latest/developerguide/tag-permissions.html",
    ),
    Requirement(
        sid="PolicyOfNewKeys",
        actions=("kms:PutKeyPolicy",),
        resources=(_KEYS,),
        conditions={"StringEquals": _OURS},
        call="kms CreateKey",
        source="https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-modifying.html",
    ),
    Requirement(
        sid="TagsOfNewNamedResources",
        actions=(
            "backup:TagResource",
            "cloudwatch:TagResource",
            "ecs:TagResource",
            "iam:TagPolicy",
            "iam:TagRole",
            "lambda:TagResource",
            "logs:TagResource",
            "rds:AddTagsToResource",
            "secretsmanager:TagResource",
            "sns:TagResource",
            "wafv2:TagResource",
        ),
        resources=(
            f"arn:aws:backup:*:ACCOUNT:backup-vault:{PROJECT}-*",
            "arn:aws:backup:*:ACCOUNT:backup-plan:*",
            f"arn:aws:cloudwatch:*:ACCOUNT:alarm:{PROJECT}-*",
            f"arn:aws:ecs:*:ACCOUNT:*/{PROJECT}-*",
            f"arn:aws:iam::ACCOUNT:policy/{PROJECT}-*",
            _ROLES,
            f"arn:aws:lambda:*:ACCOUNT:function:{PROJECT}-*",
            f"arn:aws:logs:*:ACCOUNT:log-group:*{PROJECT}-*",
            f"arn:aws:rds:*:ACCOUNT:*:{PROJECT}-*",
            f"arn:aws:secretsmanager:*:ACCOUNT:secret:{PROJECT}-*",
            f"arn:aws:sns:*:ACCOUNT:{PROJECT}-*",
            f"arn:aws:wafv2:*:ACCOUNT:regional/webacl/{PROJECT}-*",
        ),
        call="each call that creates one of these with tags",
        source="https://docs.aws.amazon.com/service-authorization/latest/reference/ (dependent actions)",
    ),
    Requirement(
        sid="MasterCredentials",
        actions=("secretsmanager:GetSecretValue",),
        resources=(f"arn:aws:secretsmanager:*:ACCOUNT:secret:{PROJECT}-*-database*",),
        call="each plan, which reads the database's credentials as ephemeral values",
        planned=True,
        source="https://docs.aws.amazon.com/secretsmanager/latest/userguide/auth-and-access_examples.html",
    ),
)

_PIPELINE = (
    *(f"arn:aws:iam::ACCOUNT:role/{name}" for name in (PLAN_ROLE, DEPLOY_ROLE, DRIFT_ROLE)),
    f"arn:aws:iam::ACCOUNT:policy/{BOUNDARY.partition('/')[0]}/*",
)


@dataclass(frozen=True, kw_only=True)
class Denial:
    """A statement that no policy of a role of the pipeline overrides."""

    sid: str
    actions: tuple[str, ...]
    resources: tuple[str, ...] = ("*",)
    conditions: Conditions = field(default_factory=dict)


DENIALS: tuple[Denial, ...] = (
    Denial(
        sid="NoUsersAndNoProviders",
        actions=(
            *("iam:*AccessKey*", "iam:*Group*", "iam:*LoginProfile*", "iam:*MFADevice*", "iam:*User*"),
            *("iam:*SAMLProvider*", "iam:*OpenIDConnectProvider*", "iam:*ServiceSpecificCredential*"),
            *("iam:*SigningCertificate*", "iam:*SSHPublicKey*", "organizations:*", "account:*"),
        ),
    ),
    Denial(sid="BoundaryStays", actions=("iam:DeleteRolePermissionsBoundary",)),
    Denial(
        sid="NoOtherBoundary",
        actions=("iam:CreateRole", "iam:PutRolePermissionsBoundary"),
        conditions={"StringNotEquals": {"iam:PermissionsBoundary": _BOUNDARY_ARN}},
    ),
    Denial(
        sid="PipelineStays",
        actions=(
            *("iam:Attach*", "iam:Create*", "iam:Delete*", "iam:Detach*", "iam:PassRole", "iam:Put*"),
            *("iam:Set*", "iam:Tag*", "iam:Untag*", "iam:Update*"),
        ),
        resources=_PIPELINE,
    ),
    Denial(
        sid="NoKeyIsUsedDirectly",
        actions=("kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey*", "kms:GenerateMac", "kms:ReEncrypt*"),
        conditions={"Null": {"kms:ViaService": "true"}},
    ),
    Denial(
        sid="NoGrantOfItsOwn",
        actions=("kms:CreateGrant",),
        conditions={"BoolIfExists": {"kms:GrantIsForAWSResource": "false"}},
    ),
)
