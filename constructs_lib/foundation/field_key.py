"""The key with which the application encrypts single fields, such as card numbers, before it stores them."""

import json

from constructs import Construct

from constructs_lib.foundation.customer_key import CustomerKey
from constructs_lib.foundation.iam import Conditions, Deployment, Statement

# The pair of the context names the deployment, so that a value of one is not decrypted by another's tasks.
CONTEXT_KEY = "Deployment"

FIELD_KEY_USE = (
    "kms:Decrypt",
    "kms:Encrypt",
    "kms:GenerateDataKey",
    "kms:GenerateDataKeyWithoutPlaintext",
)


class FieldKey(Construct):
    """A key that only the tasks' role can use, and only with an encryption context that names the deployment.

    Outputs: `statement` (what the task role's policy allows), `actions`, `arn` and `conditions` (the same for
    an endpoint's policy), and `variables` (what tells the application).
    """

    def __init__(
        self, scope: Construct, id_: str, *, deployment: Deployment, role_arn: str, protected: bool
    ) -> None:
        """`role_arn` is the ARN of the tasks' role, which need not exist yet."""
        super().__init__(scope, id_)
        context = {CONTEXT_KEY: deployment.name_prefix}
        in_context = {f"kms:EncryptionContext:{CONTEXT_KEY}": deployment.name_prefix}
        self.actions = FIELD_KEY_USE
        # The role is a condition and not the principal: KMS rejects a principal that does not exist, and
        # replaces the ARN of a deleted one by its unique ID, so that a new role of the name has no access.
        # https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
        self.conditions: Conditions = {
            "ArnEquals": {"aws:PrincipalArn": role_arn},
            "StringEquals": in_context,
        }
        self.arn = CustomerKey(
            self,
            "key",
            alias=f"{deployment.name_prefix}-fields",
            description=f"{deployment.name_prefix}: fields that the application encrypts",
            account=deployment,
            statements=[
                Statement(
                    sid="UsedByTasks",
                    principals={"AWS": deployment.root},
                    actions=FIELD_KEY_USE,
                    resources=["*"],
                    conditions=self.conditions,
                )
            ],
            protected=protected,
        ).arn
        self.statement = Statement(
            sid="UseFieldKey",
            actions=FIELD_KEY_USE,
            resources=[self.arn],
            conditions={"StringEquals": in_context},
        )
        self.variables = {"FIELD_KEY_ARN": self.arn, "FIELD_KEY_CONTEXT": json.dumps(context)}
