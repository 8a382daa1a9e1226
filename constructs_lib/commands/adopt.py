"""`pipenv run adopt STACK LOG...`: what a killed apply created and the state does not know.

Terraform writes its state to the bucket every 20 seconds, and TF_STATE_PERSIST_INTERVAL can only make that
longer. So an apply that is killed leaves things behind that the state does not know; the next one stumbles
over their names, or creates them a second time. But its output says what it had created, and under which id.

Reads that output, of several applies in their order, and writes `adopted.tf.json` beside the synthesized
stack: an import block for each, which the next apply carries out. Lists what was not finished, whose id the
output does not have; who finds one in AWS adds a line to the log, ADDRESS=ID, and runs this again.

It asks AWS nothing, and changes nothing else. Ends with 0, or with 1 and the reason.
"""

import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from constructs_lib.commands.failures import explain_failures
from constructs_lib.commands.folders import check_temporary_folder, output_folder, replace_file

_DONE, _FAILED, _INTERRUPTED = 0, 1, 130

ADOPTED = "adopted.tf.json"

# Colours, which Terraform uses without a screen as well, and cdktf's moves of the cursor.
_CONTROL = re.compile(r"\x1b\[[\d;]*[A-Za-z]")
# cdktf puts the name of the stack before it.
_SAID = re.compile(
    r"(?P<address>\b[a-z]\w*\.[\w-]+): (?:(?P<begun>Creating|Destroying)\.\.\.|(?P<gone>Destruction complete)"
    r"|Creation complete after \w+(?: \[id=(?P<id>.+)\])?|Refreshing state\.\.\.|Import complete)"
)
_FOUND = re.compile(r"(?P<address>[a-z]\w*\.[\w-]+)=(?P<id>.+)")

# By what a type is imported is said at the end of its page in the provider's documentation. {id} is the id
# in the output, {short} the same without the beginning of an ARN, all else are arguments of the resource,
# whose references to other resources Terraform resolves.
_IMPORTED_BY = {
    "aws_backup_selection": "{plan_id}|{id}",
    "aws_ecs_cluster": "{short}",
    "aws_ecs_service": "{short}",
    # The output has the family only. The newest of it is the one that the apply registered.
    "aws_ecs_task_definition": "${{data.aws_ecs_task_definition.newest.arn}}",
    "aws_route": "{route_table_id}_{destination_cidr_block}",
    "aws_route_table_association": "{subnet_id}/{route_table_id}",
    "aws_wafv2_web_acl": "{id}/{name}/{scope}",
} | dict.fromkeys(
    (
        "aws_acm_certificate", "aws_backup_plan", "aws_backup_vault", "aws_cloudwatch_log_group",
        "aws_db_event_subscription", "aws_db_subnet_group", "aws_eip", "aws_flow_log", "aws_iam_policy",
        "aws_iam_role", "aws_internet_gateway", "aws_kms_alias", "aws_kms_key", "aws_lb", "aws_lb_listener",
        "aws_lb_target_group", "aws_nat_gateway", "aws_rds_cluster", "aws_rds_cluster_instance",
        "aws_rds_cluster_parameter_group", "aws_route53_record", "aws_route_table", "aws_s3_bucket",
        "aws_secretsmanager_secret", "aws_security_group", "aws_sns_topic", "aws_subnet", "aws_vpc",
        "aws_vpc_endpoint", "aws_vpc_security_group_egress_rule", "aws_vpc_security_group_ingress_rule",
        "random_id",
    ),
    "{id}",
)  # fmt: skip
ADOPTED_TYPES = frozenset(_IMPORTED_BY)

# What the next apply writes once more, with the same effect. A version of the secret must not even be
# imported: that would put the password into the state. The database is given the new one. An address that is
# subscribed again keeps the subscription that it has. Until that is confirmed, AWS lists it without its ARN
# and refuses to delete it, so nobody could find it; and it is gone after two days, when an import would fail:
# https://aws.amazon.com/about-aws/whats-new/2023/05/amazon-sns-automatic-deletion-unconfirmed-subscriptions/
WRITTEN_AGAIN_TYPES = frozenset(
    (
        "aws_acm_certificate_validation", "aws_appautoscaling_policy", "aws_appautoscaling_target",
        "aws_cloudwatch_composite_alarm", "aws_cloudwatch_dashboard", "aws_cloudwatch_metric_alarm",
        "aws_default_security_group", "aws_iam_role_policies_exclusive", "aws_iam_role_policy_attachment",
        "aws_iam_role_policy_attachments_exclusive", "aws_s3_bucket_lifecycle_configuration",
        "aws_s3_bucket_notification", "aws_s3_bucket_ownership_controls", "aws_s3_bucket_policy",
        "aws_s3_bucket_public_access_block", "aws_s3_bucket_server_side_encryption_configuration",
        "aws_s3_bucket_versioning", "aws_secretsmanager_secret_policy", "aws_secretsmanager_secret_version",
        "aws_sns_topic_policy", "aws_sns_topic_subscription", "aws_wafv2_web_acl_association",
        "aws_wafv2_web_acl_logging_configuration",
    )
)  # fmt: skip

# What tells a person which one it is, the best first.
_NAMES = ("identifier", "name", "bucket", "family", "cluster_identifier", "name_prefix", "description")


class AdoptionError(Exception):
    """It could not be found out what to adopt; the message says why."""


@dataclass(frozen=True)
class Said:
    """What the output of applies says: the ids of what they created, by address, and by address too what they
    began and did not end, `Creating` or `Destroying`."""

    created: Mapping[str, str]
    begun: Mapping[str, str]


@dataclass(frozen=True)
class Adoption:
    """The configuration that adopts, and the lines that say what else there is to do."""

    document: dict[str, Any]
    to_do: list[str]


def read(output: str) -> Said:
    """What the output, Terraform's own or as cdktf passes it on, says was created and still stands."""
    created: dict[str, str] = {}
    begun: dict[str, str] = {}
    for line in _CONTROL.sub("", output).splitlines():
        if said := _FOUND.fullmatch(line) or _SAID.search(line):
            address, parts = said["address"], said.groupdict()
            begun.pop(address, None)
            if parts.get("begun") or parts.get("gone"):
                created.pop(address, None)
            if parts.get("begun"):
                begun[address] = parts["begun"]
            elif parts["id"]:
                created[address] = parts["id"]
    return Said(created, begun)


def adoption(stack: Mapping[str, Any], known: Mapping[str, str], said: Said) -> Adoption:
    """What of a synthesized stack is to be adopted, where the state has the `known` ids by address."""
    document: dict[str, Any] = {"import": []}
    to_do: list[str] = []
    for address, id_ in said.created.items():
        type_, _, name = address.partition(".")
        resource = stack["resource"].get(type_, {}).get(name)
        if type_ in WRITTEN_AGAIN_TYPES or known.get(address) == id_:
            continue
        if address in known:
            to_do.append(f"{address}: the state has {known[address]}, but {id_} was created after it")
        elif resource is None or type_ not in _IMPORTED_BY:
            to_do.append(f"{address}: {id_} was created, and it is not known how to adopt it")
        else:
            arguments = {**resource, "id": id_, "short": re.sub("^arn:[^/]+/", "", id_)}
            document["import"].append({"to": address, "id": _IMPORTED_BY[type_].format(**arguments)})
            if type_ == "aws_ecs_task_definition":
                document["data"] = {type_: {"newest": {"task_definition": resource["family"]}}}
    for address, begun in sorted(said.begun.items()):
        type_, _, name = address.partition(".")
        # The next apply sees whether what the state has is still there.
        if type_ not in WRITTEN_AGAIN_TYPES and (begun == "Creating" or address not in known):
            resource = stack["resource"].get(type_, {}).get(name, {})
            to_do.append(f"{address}: {begun} was not finished{_name(resource)}")
    return Adoption(document, to_do)


def _name(resource: Mapping[str, Any]) -> str:
    named = {**resource, "name": resource.get("tags", {}).get("Name") or resource.get("name")}
    return next((f", {key} {named[key]}" for key in _NAMES if named.get(key)), "")


def _known(directory: Path) -> dict[str, str]:
    """Address → id of all that the state has."""
    try:
        pulled = subprocess.run(
            ("terraform", "state", "pull"),  # noqa: S607 - the terraform on the path
            cwd=directory,
            capture_output=True,
            text=True,
            check=False,
        )
    except FileNotFoundError:
        raise AdoptionError("terraform is not on the path") from None
    if pulled.returncode != 0:
        raise AdoptionError(_CONTROL.sub("", pulled.stderr).strip())
    # Nothing is printed where there is no state yet.
    resources = json.loads(pulled.stdout or '{"resources": []}')["resources"]
    return {
        f"{resource['type']}.{resource['name']}": instance["attributes"].get("id") or ""
        for resource in resources
        if resource["mode"] == "managed"
        for instance in resource["instances"]
        if "deposed" not in instance
    }


def adopt(directory: Path, logs: list[Path]) -> Adoption:
    """Write what adopts beside the synthesized stack, or take away what did if nothing is left to adopt.

    Raises AdoptionError.
    """
    try:
        output = "\n".join(log.read_text(encoding="utf-8", errors="replace") for log in logs)
        stack = json.loads((directory / "cdk.tf.json").read_text(encoding="utf-8"))
    except OSError as error:
        raise AdoptionError(f"{error.filename}: {error.strerror}") from None
    found = adoption(stack, _known(directory), read(output))
    file = directory / ADOPTED
    if found.document["import"]:
        replace_file(file, json.dumps(found.document, indent=2))
    else:
        file.unlink(missing_ok=True)
    return found


def main(arguments: list[str]) -> int:
    """Print what the next apply adopts and what is left to do, and return the exit code."""
    name, *logs = arguments or [""]
    if not logs:
        print("usage: pipenv run adopt STACK LOG...", file=sys.stderr)
        return _FAILED
    check_temporary_folder(os.environ)
    directory = output_folder(os.environ) / "stacks" / name
    try:
        found = adopt(directory, [Path(log) for log in logs])
    except AdoptionError as error:
        print(error, file=sys.stderr)
        return _FAILED
    except KeyboardInterrupt:
        return _INTERRUPTED
    blocks = found.document["import"]
    where = f", by the next apply, through {directory / ADOPTED}" if blocks else ""
    print(f"{len(blocks)} to adopt{where}", *found.to_do, sep="\n", flush=True)
    return _DONE


if __name__ == "__main__":
    explain_failures()
    sys.exit(main(sys.argv[1:]))
