"""Lambda: functions, what they use, and their concurrency."""

import json
from collections.abc import Iterator
from typing import Any

from tests.emulator.calls import Call
from tests.emulator.gaps.lambda_ import concurrency_quota
from tests.emulator.permissions import role_may
from tests.emulator.refusals.policies import find_role, trusts
from tests.emulator.refusals.rules import RefusedError, moto_refuses, refuses

moto_refuses("lambda", "CreateFunction", code="ResourceConflictException", kind="taken")
moto_refuses("lambda", "Invoke", code="ResourceNotFoundException", kind="not there yet")

# https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
_ENVIRONMENT_BYTES = 4_096
_LONGEST_TIMEOUT = 900
_ARCHIVE_BYTES = 50 * 1024 * 1024
_LARGEST_REQUEST = 6_291_456
# https://docs.aws.amazon.com/lambda/latest/dg/lambda-concurrency.html
_UNRESERVED = 100
# https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime
_RESERVED_VARIABLES = {
    *("_HANDLER", "_X_AMZN_TRACE_ID", "AWS_ACCESS_KEY", "AWS_ACCESS_KEY_ID", "AWS_DEFAULT_REGION"),
    *("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "AWS_LAMBDA_FUNCTION_NAME", "AWS_LAMBDA_FUNCTION_VERSION"),
    *("AWS_LAMBDA_INITIALIZATION_TYPE", "AWS_LAMBDA_LOG_GROUP_NAME", "AWS_LAMBDA_LOG_STREAM_NAME"),
    *("AWS_LAMBDA_RUNTIME_API", "AWS_REGION", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"),
    *("LAMBDA_RUNTIME_DIR", "LAMBDA_TASK_ROOT"),
}
_CONFIGURES = ("CreateFunction", "UpdateFunctionConfiguration")


def _invalid(message: str) -> RefusedError:
    return RefusedError("InvalidParameterValueException", message)


def _function(call: Call) -> Any:  # noqa: ANN401 - moto's function
    """The function that the call names; None if it does not exist."""
    name = str(call.parameters.get("FunctionName")).rpartition(":")[2]
    return next(
        (each for each in call.backend("lambda").list_functions() if each.function_name == name), None
    )


def _vpc_config(call: Call) -> dict[str, list[str]]:
    """The subnets and security groups that the function has after the call."""
    function = _function(call) if call.operation.name != "CreateFunction" else None
    before = (function and function.vpc_config) or {}
    config = before | (call.parameters.get("VpcConfig") or {})
    return {name: config.get(name) or [] for name in ("SubnetIds", "SecurityGroupIds")}


def _role(call: Call) -> Any:  # noqa: ANN401 - moto's role
    """The role that the function has after the call; None if it does not exist."""
    function = _function(call)
    arn = call.parameters.get("Role") or (function and function.role)
    return find_role(str(arn))


# Not there yet


@refuses("lambda", *_CONFIGURES, kind="not there yet")
def role_not_assumable(call: Call) -> None:
    """The role of a function exists, and its trust policy lets Lambda assume it.

    https://docs.aws.amazon.com/lambda/latest/dg/troubleshooting-deployment.html
    """
    role = _role(call)
    if call.parameters.get("Role") and (role is None or not trusts(role, "lambda.amazonaws.com")):
        raise _invalid("The role defined for the function cannot be assumed by Lambda.")


@refuses("lambda", *_CONFIGURES, kind="not there yet")
def role_of_a_function_in_a_vpc(call: Call) -> None:
    """The role of a function in a VPC may create, list and delete network interfaces. Only a permission for
    all resources lets it list them.

    https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html
    """
    network, role = _vpc_config(call), _role(call)
    if not network["SubnetIds"] or role is None:
        return
    prefix = f"arn:aws:ec2:{call.region}:{call.account_id}:"
    created = [f"{prefix}network-interface/*"]
    created += [f"{prefix}subnet/{each}" for each in network["SubnetIds"]]
    created += [f"{prefix}security-group/{each}" for each in network["SecurityGroupIds"]]
    needed = [("CreateNetworkInterface", resource) for resource in created]
    needed += [("DescribeNetworkInterfaces", "*"), ("DeleteNetworkInterface", f"{prefix}network-interface/*")]
    for action, resource in needed:
        if not role_may(role.arn, f"ec2:{action}", resource):
            raise _invalid(f"The provided execution role does not have permissions to call {action} on EC2")


@refuses("lambda", *_CONFIGURES, kind="not there yet")
def network_of_a_function(call: Call) -> None:
    """The subnets and security groups of a function exist, in one VPC. A function has both or neither.

    https://docs.aws.amazon.com/lambda/latest/api/API_VpcConfig.html
    """
    network, ec2 = _vpc_config(call), call.backend("ec2")
    subnets = {subnet.id: subnet.vpc_id for zone in ec2.subnets.values() for subnet in zone.values()}
    groups = {group.id: vpc for vpc, each in ec2.groups.items() for group in each.values()}
    for kind, code, known, named in (
        ("subnet", "InvalidSubnetID.NotFound", subnets, network["SubnetIds"]),
        ("security group", "InvalidGroup.NotFound", groups, network["SecurityGroupIds"]),
    ):
        if missing := next((each for each in named if each not in known), None):
            raise _invalid(
                f"Error occurred while describing EC2 resources. EC2 Error Code: {code}. EC2 Error Message: "
                f"The {kind} ID '{missing}' does not exist"
            )
    if bool(network["SubnetIds"]) != bool(network["SecurityGroupIds"]):
        raise _invalid("SecurityGroupIds and SubnetIds must both be empty or both be set.")
    vpcs = {subnets[each] for each in network["SubnetIds"]} | {
        groups[each] for each in network["SecurityGroupIds"]
    }
    if len(vpcs) > 1:
        raise _invalid("The subnets and security groups must be in one VPC.")


@refuses("lambda", *_CONFIGURES, kind="not there yet")
def key_of_a_function(call: Call) -> None:
    """The KMS key of a function's environment exists and is enabled.

    https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars-encryption.html
    """
    arn = call.parameters.get("KMSKeyArn")
    if not arn:
        return
    key = call.backend("kms").keys.get(arn.rpartition("/")[2])
    if key is None or key.key_state != "Enabled":
        raise _invalid(
            "Lambda was unable to configure access to your environment variables because the KMS key is "
            f"invalid: {arn}"
        )


# Too many


@refuses("lambda", *_CONFIGURES, kind="too many")
def size_of_the_environment(call: Call) -> None:
    """The variables of a function have at most 4 KB.

    https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
    """
    variables = (call.parameters.get("Environment") or {}).get("Variables") or {}
    if len(json.dumps(variables, separators=(",", ":")).encode()) > _ENVIRONMENT_BYTES:
        raise _invalid(
            "Lambda was unable to configure your environment variables because the environment variables you "
            "have provided exceeded the 4KB limit."
        )


@refuses("lambda", "CreateFunction", "UpdateFunctionCode", kind="too many")
def size_of_the_archive(call: Call) -> None:
    """An archive in the request has at most 50 MB.

    https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
    """
    archive = call.parameters.get("ZipFile") or (call.parameters.get("Code") or {}).get("ZipFile") or b""
    if len(archive) > _ARCHIVE_BYTES:
        raise RefusedError(
            "RequestEntityTooLargeException", f"Request must be smaller than {_ARCHIVE_BYTES} bytes."
        )


@refuses("lambda", "Invoke", kind="too many")
def size_of_the_payload(call: Call) -> None:
    """The payload of a synchronous invocation has at most 6 MB.

    https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
    """
    if len(call.parameters.get("Payload") or b"") > _LARGEST_REQUEST:
        raise RefusedError(
            "RequestTooLargeException",
            f"Request must be smaller than {_LARGEST_REQUEST} bytes for the InvokeFunction operation",
        )


@refuses("lambda", "PutFunctionConcurrency", kind="too many")
def unreserved_concurrency(call: Call) -> None:
    """Reserved concurrency leaves 100 of the account's concurrent executions to the other functions. Some new
    accounts have ten, so that nothing can be reserved.

    https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html
    """
    functions = call.backend("lambda").list_functions()
    name = str(call.parameters.get("FunctionName")).rpartition(":")[2]
    others = sum(int(each.reserved_concurrency or 0) for each in functions if each.function_name != name)
    asked = call.parameters.get("ReservedConcurrentExecutions") or 0
    quota = concurrency_quota(call.backend("lambda"))
    lowest = min(_UNRESERVED, quota)
    if quota - others - asked < lowest:
        raise _invalid(
            "Specified ReservedConcurrentExecutions for function decreases account's "
            f"UnreservedConcurrentExecution below its minimum value of [{lowest}]."
        )


# Malformed


@refuses("lambda", *_CONFIGURES, kind="malformed")
def reserved_variables(call: Call) -> None:
    """The variables that the runtime sets cannot be set.

    https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
    """
    variables = (call.parameters.get("Environment") or {}).get("Variables") or {}
    if reserved := sorted(_RESERVED_VARIABLES & {*variables}):
        raise _invalid(
            "Lambda was unable to configure your environment variables because the environment variables you "
            "have provided contains reserved keys that are currently not supported for modification. "
            f"Reserved keys used in this request: {', '.join(reserved)}"
        )


@refuses("lambda", *_CONFIGURES, kind="malformed")
def longest_timeout(call: Call) -> None:
    """A function runs for at most 900 seconds.

    https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html
    """
    timeout = call.parameters.get("Timeout")
    if timeout and timeout > _LONGEST_TIMEOUT:
        raise RefusedError(
            "ValidationException",
            f"1 validation error detected: Value '{timeout}' at 'timeout' failed to satisfy constraint: "
            f"Member must have value less than or equal to {_LONGEST_TIMEOUT}",
        )


@refuses("lambda", *_CONFIGURES, kind="malformed")
def log_levels(call: Call) -> None:
    """The log levels are for the format JSON.

    https://docs.aws.amazon.com/lambda/latest/api/API_LoggingConfig.html
    """
    config = call.parameters.get("LoggingConfig") or {}
    levels = [name for name in ("ApplicationLogLevel", "SystemLogLevel") if config.get(name)]
    if levels and config.get("LogFormat", "Text") != "JSON":
        raise _invalid(f"{' and '.join(levels)} can be set only if LogFormat is JSON.")


@refuses("lambda", "CreateFunction", kind="malformed")
def handler_and_runtime(call: Call) -> None:
    """A function from an archive has a handler and a runtime.

    https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html
    """
    zipped = call.parameters.get("PackageType", "Zip") == "Zip"
    if zipped and not (call.parameters.get("Handler") and call.parameters.get("Runtime")):
        raise _invalid(
            "Runtime and Handler are mandatory parameters for functions created with deployment packages."
        )


def functions_with_network(call: Call) -> Iterator[tuple[str, frozenset[str], frozenset[str]]]:
    """The functions in VPCs: ARN, subnets and security groups of their network interfaces. On AWS these can
    linger for up to an hour or so after the function was deleted; here they go with it."""
    for function in list(call.backend("lambda").list_functions()):
        config = function.vpc_config or {}
        if config.get("SubnetIds"):
            yield function.function_arn, frozenset(config["SubnetIds"]), frozenset(config["SecurityGroupIds"])
