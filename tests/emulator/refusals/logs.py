"""CloudWatch Logs: log groups that exist, and their KMS keys."""

from tests.emulator.calls import Call
from tests.emulator.refusals.resource_policies import allows
from tests.emulator.refusals.rules import RefusedError, moto_refuses, refuses

moto_refuses("logs", "CreateLogGroup", code="ResourceAlreadyExistsException", kind="taken")
for _operation in ("PutRetentionPolicy", "DeleteLogGroup"):
    moto_refuses("logs", _operation, code="ResourceNotFoundException", kind="not there yet")

_ACTIONS = ("kms:Encrypt", "kms:Decrypt", "kms:ReEncryptFrom", "kms:GenerateDataKey", "kms:DescribeKey")

_RETENTION_DAYS = {
    *(1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653)
}


@refuses("logs", "CreateLogGroup", "AssociateKmsKey", kind="not there yet")
def key_not_usable(call: Call) -> None:
    """The KMS key of a log group must exist, be enabled, and have a policy that lets CloudWatch Logs use it
    for the log group.

    https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateLogGroup.html
    https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
    """
    key_id, name = call.parameters.get("kmsKeyId"), call.parameters.get("logGroupName")
    if not key_id or not name:
        return
    key = call.backend("kms").keys.get(key_id.rpartition("/")[2])
    if key is None or key.key_state != "Enabled":
        raise RefusedError(
            "InvalidParameterException", f"The specified KMS Key Id could not be found. '{name}'"
        )
    arn = f"arn:aws:logs:{call.region}:{call.account_id}:log-group:{name}"
    context = {"kms:EncryptionContext:aws:logs:arn": arn, "aws:SourceAccount": call.account_id}
    service = {f"logs.{call.region}.amazonaws.com"}
    if not all(
        allows(key.policy, principals=service, action=action, resource=key.arn, context=context)
        for action in _ACTIONS
    ):
        raise RefusedError(
            "AccessDeniedException",
            f"The specified KMS key does not exist or is not allowed to be used with Arn '{arn}'",
        )


@refuses("logs", "PutRetentionPolicy", kind="malformed")
def retention_malformed(call: Call) -> None:
    """The retention of a log group is one of a list of numbers of days.

    https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
    """
    if call.parameters["retentionInDays"] not in _RETENTION_DAYS:
        raise RefusedError(
            "InvalidParameterException", f"Invalid retention value: {call.parameters['retentionInDays']}"
        )
