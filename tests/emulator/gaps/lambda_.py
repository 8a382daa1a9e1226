"""Lambda: what a function's configuration returns, and updates of it."""

from typing import Any

from moto.awslambda.models import LambdaBackend, LambdaFunction
from moto.ec2 import ec2_backends
from moto.moto_api._internal import mock_random

from tests.emulator.gaps.patching import Method, extra_state, replaces

_CONCURRENCY = 1000
"""https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html"""


def concurrency_quota(backend: LambdaBackend) -> int:
    """The account's quota of concurrent executions in the region, 1,000 unless it was set."""
    quota: int = extra_state(backend, "quotas").get("concurrency", _CONCURRENCY)
    return quota


def set_concurrency_quota(backend: LambdaBackend, quota: int) -> None:
    """Set the account's quota of concurrent executions, which is 10 in some new accounts."""
    extra_state(backend, "quotas")["concurrency"] = quota


@replaces(LambdaFunction)
def __init__(  # noqa: N807 - as in moto
    original: Method,
    self: LambdaFunction,
    account_id: str,
    spec: dict[str, Any],
    *args: Any,  # noqa: ANN401 - as in moto
    **kwargs: Any,  # noqa: ANN401 - as in moto
) -> None:
    """A function has a logging configuration, whose defaults depend on the format, and a revision.

    https://docs.aws.amazon.com/lambda/latest/api/API_LoggingConfig.html
    """
    original(self, account_id, spec, *args, **kwargs)
    state = extra_state(self, "configuration")
    state["logging"] = dict(spec.get("LoggingConfig") or {})
    _revise(self)


def _revise(function: LambdaFunction) -> None:
    extra_state(function, "configuration")["revision"] = str(mock_random.uuid4())


def logging_config(function: LambdaFunction) -> dict[str, str]:
    """The logging configuration with its defaults."""
    given: dict[str, str] = extra_state(function, "configuration")["logging"]
    config = {"LogFormat": "Text", "LogGroup": f"/aws/lambda/{function.function_name}"} | given
    if config["LogFormat"] == "JSON":
        config = {"ApplicationLogLevel": "INFO", "SystemLogLevel": "INFO"} | config
    return config


@replaces(LambdaFunction)
def vpc_config(_original: Method, self: LambdaFunction) -> dict[str, Any] | None:
    """A function in a VPC returns the id of that VPC.

    https://docs.aws.amazon.com/lambda/latest/api/API_VpcConfigResponse.html
    """
    config: dict[str, Any] = {
        "SubnetIds": [],
        "SecurityGroupIds": [],
        "Ipv6AllowedForDualStack": False,
    } | (self._vpc_config or {})
    if not config["SubnetIds"]:
        return config | {"VpcId": ""} if self._vpc_config is not None else None
    ec2 = ec2_backends[self.account_id][self.region]
    subnets = (subnet for zone in ec2.subnets.values() for subnet in zone.values())
    vpc = next((subnet.vpc_id for subnet in subnets if subnet.id in config["SubnetIds"]), "")
    return config | {"VpcId": vpc}


@replaces(LambdaFunction)
def get_configuration(original: Method, self: LambdaFunction, on_create: bool = False) -> dict[str, Any]:
    """The response to CreateFunction says that the function is pending; afterwards it is active.

    https://docs.aws.amazon.com/lambda/latest/dg/functions-states.html
    """
    config: dict[str, Any] = original(self, on_create)
    config |= {
        "LoggingConfig": logging_config(self),
        "RevisionId": extra_state(self, "configuration")["revision"],
    }
    if on_create:
        config |= {
            "State": "Pending",
            "StateReason": "The function is being created.",
            "StateReasonCode": "Creating",
        }
    return config


@replaces(LambdaFunction)
def update_configuration(original: Method, self: LambdaFunction, config: dict[str, Any]) -> dict[str, Any]:
    """UpdateFunctionConfiguration changes each member that is sent, and of the VPC and the logging
    configuration each member of these.

    https://docs.aws.amazon.com/lambda/latest/api/API_UpdateFunctionConfiguration.html
    """
    given = dict(config)
    if given.get("VpcConfig") is not None:
        given["VpcConfig"] = (self._vpc_config or {}) | given["VpcConfig"]
    if "Environment" in given:
        given["Environment"] = {"Variables": (given["Environment"] or {}).get("Variables") or {}}
    original(self, given)
    if "KMSKeyArn" in given:
        self.kms_key_arn = given["KMSKeyArn"] or None
    if given.get("TracingConfig"):
        self.tracing_config = given["TracingConfig"]
    if given.get("EphemeralStorage"):
        self.ephemeral_storage = given["EphemeralStorage"]["Size"]
    if given.get("LoggingConfig"):
        _update_logging(self, given["LoggingConfig"])
    return _updating(self)


def _update_logging(function: LambdaFunction, given: dict[str, str]) -> None:
    config = extra_state(function, "configuration")["logging"] | given
    if config.get("LogFormat") == "Text":
        config = {
            name: value
            for name, value in config.items()
            if name not in ("ApplicationLogLevel", "SystemLogLevel")
        }
    extra_state(function, "configuration")["logging"] = config


@replaces(LambdaFunction)
def update_function_code(original: Method, self: LambdaFunction, spec: dict[str, Any]) -> dict[str, Any]:
    """UpdateFunctionCode changes the architecture together with the code.

    https://docs.aws.amazon.com/lambda/latest/api/API_UpdateFunctionCode.html
    """
    original(self, spec)
    if spec.get("Architectures"):
        self.architectures = spec["Architectures"]
    return _updating(self)


def _updating(function: LambdaFunction) -> dict[str, Any]:
    """The response to an update, which is in progress; afterwards it is done."""
    _revise(function)
    return function.get_configuration() | {
        "LastUpdateStatus": "InProgress",
        "LastUpdateStatusReason": "The function is being created.",
        "LastUpdateStatusReasonCode": "Creating",
    }


@replaces(LambdaFunction)
def invoke(_original: Method, _self: LambdaFunction, *_args: Any) -> str:  # noqa: ANN401 - as in moto
    """Invoke runs the function outside of moto, in tests/emulator/functions.py; moto would start a Docker
    container.

    https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
    """
    return "{}"
