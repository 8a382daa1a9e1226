"""Lets IAM decide on Terraform's requests as on those of the pipeline's roles."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

from constructs_lib.settings.names import ACCESS_STACK, PROJECT, STATE_STACK
from tests.access.authorization import authorizations
from tests.access.recording import Recorded, carries_tag, of_call
from tests.access.roles import Role
from tests.emulator.calls import Application, Call, Environ, StartResponse, error_response, read_call

# Stack and command, as tests/emulator/terraform.py adds them to the user agent.
_COMMAND = re.compile(rf"({PROJECT}-[a-z0-9-]+)/([a-z-]+)(?=$|\s)")
_ADMINISTRATED = (STATE_STACK, ACCESS_STACK)
_READING_COMMANDS = ("init", "plan")
# Service → the name under which AWS passes it a role.
_PASSED_TO = {
    "backup": "backup.amazonaws.com",
    "ec2": "vpc-flow-logs.amazonaws.com",
    "ecs": "ecs-tasks.amazonaws.com",
    "lambda": "lambda.amazonaws.com",
    "rds": "monitoring.rds.amazonaws.com",
}
_LOCK = ".tflock"
_CODES = {"ec2": "UnauthorizedOperation", "query": "AccessDenied", "rest-xml": "AccessDenied"}
_ALWAYS_ALLOWED = "sts:GetCallerIdentity"


@dataclass
class Enforcement:
    """A WSGI application around another one that refuses what the policies of the roles do not allow.

    `state_buckets` has the accounts in which it enforces; in all others it lets every request pass. With
    `only_records`, it refuses nothing. `recorded` has every call of an account, `denied` a line for each that
    was refused.
    """

    application: Application
    state_buckets: dict[str, str] = field(default_factory=dict)
    only_records: bool = False
    recorded: dict[str, set[Recorded]] = field(default_factory=dict)
    denied: dict[str, list[str]] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)
    _roles: dict[tuple[str, str], Role] = field(default_factory=dict)

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        refusal = self._refusal(environ) if self.state_buckets else None
        if refusal is None:
            return self.application(environ, start_response)
        call, message = refusal
        self.denied.setdefault(call.account_id, []).append(message)
        code = _CODES.get(call.service) or _CODES.get(call.protocol, "AccessDeniedException")
        return error_response(call, code, message, start_response)

    def _refusal(self, environ: Environ) -> tuple[Call, str] | None:
        command = _COMMAND.search(environ.get("HTTP_USER_AGENT", ""))
        if command is None or command[1] in _ADMINISTRATED or (call := read_call(environ)) is None:
            return None
        bucket = self.state_buckets.get(call.account_id)
        if bucket is None:
            return None
        # A planner plans with -lock=false: it cannot write, and the lock is an object.
        locks = str(call.parameters.get("Key", "")).endswith(_LOCK)
        reads = command[2] in _READING_COMMANDS and not locks
        entries = of_call(
            call.service,
            call.operation.name,
            call.parameters,
            account=call.account_id,
            region=call.region,
            state_bucket=bucket,
            reads=reads,
        )
        with self._lock:
            self.recorded.setdefault(call.account_id, set()).update(entries)
            role = self._roles.setdefault(
                (call.account_id, "plan" if reads else "deploy"),
                Role("plan" if reads else "deploy", account=call.account_id, state_bucket=bucket),
            )
        if self.only_records:
            return None
        for action, resource, context in _requests(call):
            if action != _ALWAYS_ALLOWED and not role.may(action, resource, context):
                return (
                    call,
                    f"User: {role.arn} is not authorized to perform: {action} on resource: {resource}",
                )
        return None


def _requests(call: Call) -> Iterator[tuple[str, str, Mapping[str, str]]]:
    """The action, resource and context of everything that IAM is asked for the call."""
    request = {"aws:RequestTag/Project": PROJECT} if carries_tag(call.parameters) else {}
    boundary = call.parameters.get("PermissionsBoundary")
    if boundary is not None:
        request["iam:PermissionsBoundary"] = boundary
    for each in authorizations(
        call.service, call.operation.name, call.parameters, account=call.account_id, region=call.region
    ):
        tag = _project_of(call, each.resource)
        yield (
            each.action,
            each.resource,
            request if tag is None else {**request, "aws:ResourceTag/Project": tag},
        )
    if call.service in _PASSED_TO:
        for role in sorted(set(_roles_in(call.parameters))):
            if "aws-service-role" not in role:
                yield "iam:PassRole", role, {"iam:PassedToService": _PASSED_TO[call.service]}


def _project_of(call: Call, resource: str) -> str | None:
    """The tag `Project` of a resource of EC2 or KMS; that of all others is taken to be the stacks'."""
    id_ = resource.rpartition("/")[2]
    if call.service == "ec2" and id_ != "*":
        value = call.backend("ec2").tags.get(id_, {}).get("Project")
        return None if value is None else str(value)
    if call.service == "kms" and id_ in (keys := call.backend("kms").keys):
        tags = call.backend("kms").list_resource_tags(keys[id_].arn)["Tags"]
        return next((str(tag["TagValue"]) for tag in tags if tag["TagKey"] == "Project"), None)
    return PROJECT


def _roles_in(value: Any) -> Iterator[str]:  # noqa: ANN401 - parameters are of any type
    if isinstance(value, str) and re.fullmatch(r"arn:aws:iam::\d{12}:role/\S+", value):
        yield value
    elif isinstance(value, Mapping):
        for each in value.values():
            yield from _roles_in(each)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from _roles_in(each)
