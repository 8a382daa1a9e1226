"""The roles with which a pipeline on GitHub plans, deploys and looks for drift, and their boundaries."""

from collections.abc import Mapping, Sequence

from cdktf import TerraformOutput, TerraformStack
from cdktf_cdktf_provider_aws.data_aws_caller_identity import DataAwsCallerIdentity
from cdktf_cdktf_provider_aws.iam_openid_connect_provider import IamOpenidConnectProvider
from cdktf_cdktf_provider_aws.iam_policy import IamPolicy
from cdktf_cdktf_provider_aws.iam_role import IamRole
from cdktf_cdktf_provider_aws.iam_role_policies_exclusive import IamRolePoliciesExclusive
from cdktf_cdktf_provider_aws.iam_role_policy_attachment import IamRolePolicyAttachment
from cdktf_cdktf_provider_aws.iam_role_policy_attachments_exclusive import IamRolePolicyAttachmentsExclusive
from cdktf_cdktf_provider_aws.provider import AwsProvider, AwsProviderDefaultTags
from constructs import Construct

from constructs_lib.access.boundary import workload_boundary
from constructs_lib.access.policies import Kind, denials, documents
from constructs_lib.foundation.iam import Account, Statement, policy_document
from constructs_lib.foundation.terraform import (
    in_default_workspace,
    planned_only_if,
    remote_state,
    require_terraform,
)
from constructs_lib.settings.model import AccessSettings, ServiceSettings, StateSettings
from constructs_lib.settings.names import (
    ACCESS_SUFFIX,
    BOUNDARY,
    DEPLOY_ROLE,
    DRIFT_ROLE,
    PLAN_ROLE,
    default_tags,
)

_ISSUER = "token.actions.githubusercontent.com"
_AUDIENCE = "sts.amazonaws.com"
_PATH, _, _BOUNDARY_NAME = BOUNDARY.partition("/")


class AccessStack(TerraformStack):
    """Three roles that only the workflows of one repository can assume; deployed once per account.

    An administrator deploys it: the roles can change neither themselves nor their boundary.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        region: str,
        state: StateSettings,
        service: ServiceSettings,
        settings: AccessSettings,
    ) -> None:
        super().__init__(scope, id_)
        self._state_bucket = state.bucket
        require_terraform(self)
        AwsProvider(
            self,
            "aws",
            region=region,
            default_tags=[AwsProviderDefaultTags(tags=default_tags(ACCESS_SUFFIX))],
        )
        remote_state(self, region=region, suffix=ACCESS_SUFFIX, settings=state)
        caller = DataAwsCallerIdentity(self, "caller", lifecycle=planned_only_if(in_default_workspace()))
        self._account = Account(account_id=caller.account_id, region=region)
        self._provider_arn = settings.oidc_provider_arn or self._provider()
        boundary = self._policy("boundary", _BOUNDARY_NAME, workload_boundary(self._account, service))
        self._boundary_arn = self._policy(
            "pipeline-boundary", "pipeline-boundary", denials(account_id=caller.account_id)
        )
        repository = f"repo:{settings.github_repository}"
        plan = self._policies("plan")
        for id_of_role, name, subject, policies, description in (
            ("plan", PLAN_ROLE, "pull_request", plan, "Plans on pull requests"),
            ("drift", DRIFT_ROLE, "ref:refs/heads/main", plan, "Looks for drift"),
            (
                "deploy",
                DEPLOY_ROLE,
                f"environment:{settings.github_environment}",
                self._policies("deploy"),
                "Deploys",
            ),
        ):
            role = self._role(id_of_role, name, f"{repository}:{subject}", policies, description)
            TerraformOutput(self, f"{id_of_role}_role_arn", value=role.arn, description=description)
        TerraformOutput(
            self, "boundary_arn", value=boundary, description="Permissions boundary of the deployments' roles"
        )

    def _provider(self) -> str:
        """Create the account's OIDC provider for GitHub Actions; AWS trusts its certificate authority."""
        provider = IamOpenidConnectProvider(
            self, "github", url=f"https://{_ISSUER}", client_id_list=[_AUDIENCE]
        )
        return provider.arn

    def _policies(self, kind: Kind) -> Mapping[str, str]:
        """Create the policies of a kind of role; return their ARNs by their ids."""
        texts = documents(kind, account_id=self._account.account_id, state_bucket=self._state_bucket)
        return {
            f"{kind}-{number}": self._policy(f"{kind}-policy-{number}", f"{kind}-{number}", text)
            for number, text in enumerate(texts, start=1)
        }

    def _policy(self, id_: str, name: str, document: str) -> str:
        return IamPolicy(self, id_, name=name, path=f"/{_PATH}/", policy=document).arn

    def _role(
        self, id_: str, name: str, subject: str, policies: Mapping[str, str], description: str
    ) -> IamRole:
        role = IamRole(
            self,
            f"{id_}-role",
            name=name,
            description=description,
            assume_role_policy=self._trust(subject),
            permissions_boundary=self._boundary_arn,
        )
        attached: Sequence[str] = [
            IamRolePolicyAttachment(
                self, f"{id_}-attachment-{key}", role=role.name, policy_arn=arn
            ).policy_arn
            for key, arn in policies.items()
        ]
        IamRolePolicyAttachmentsExclusive(
            self, f"{id_}-managed-policies", role_name=role.name, policy_arns=[*attached]
        )
        IamRolePoliciesExclusive(self, f"{id_}-no-inline-policies", role_name=role.name, policy_names=[])
        return role

    def _trust(self, subject: str) -> str:
        """Trust tokens of GitHub for exactly this subject.

        https://docs.github.com/en/actions/reference/security/oidc
        """
        return policy_document(
            Statement(
                sid="AssumedByWorkflows",
                actions=["sts:AssumeRoleWithWebIdentity"],
                principals={"Federated": self._provider_arn},
                conditions={"StringEquals": {f"{_ISSUER}:aud": _AUDIENCE, f"{_ISSUER}:sub": subject}},
            )
        )
