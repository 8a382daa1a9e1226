"""`pipenv run adopt STACK LOG...`: imports the resources that a killed apply created but did not record.

Terraform writes its state to the bucket every 20 seconds, and TF_STATE_PERSIST_INTERVAL can only make the
interval longer. An apply that is killed therefore leaves resources behind that are missing from the state.
The next apply would fail because their names are taken, or would create them a second time. The output of the
killed apply contains the address and the id of each resource that it created.

This command reads the logs of one or more applies in chronological order and writes `adopted.tf.json` beside
the synthesized stack, with an import block for each resource; the next apply performs the imports. It also
lists the operations that did not complete, for which the log has no id. If such a resource exists in AWS, add
a line ADDRESS=ID to the log and run the command again.

It makes no requests to AWS except to read the state, and changes nothing else. Exits with 0, or with 1 and an
error message.
"""

import json
import os
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from constructs_lib.commands import terraform
from constructs_lib.commands.failures import explain_failures
from constructs_lib.commands.folders import check_temporary_folder, output_folder, replace_file
from constructs_lib.commands.terraform import ESCAPE_SEQUENCE, TerraformError

_DONE, _FAILED, _INTERRUPTED = 0, 1, 130

ADOPTED = "adopted.tf.json"

_STATE_KEYS = frozenset(("version", "resources"))

# A search, because cdktf prints the name of the stack before the address.
_PROGRESS = re.compile(
    r"(?P<address>\b[a-z]\w*\.[\w-]+): (?:(?P<started>Creating|Destroying)\.\.\."
    r"|(?P<destroyed>Destruction complete)|Creation complete after \w+(?: \[id=(?P<id>.+)\])?"
    r"|Refreshing state\.\.\.|Import complete)"
)
# What else an apply prints to standard output.
_OTHER_OUTPUT = re.compile(
    r"\b[a-z]\w*\.[\w-]+: (?:Reading\.\.\.|Read complete|Still \w+\.\.\.|Modifying\.\.\.)"
    r"|\bPlan: (?:\d+ to import, )?\d+ to add, |\b(?:Apply|Destroy) complete! |\bNo changes\. "
    r"|\bAcquiring state lock\. "
)
_ADDED_BY_USER = re.compile(r"(?P<address>[a-z]\w*\.[\w-]+)=(?P<id>.+)")

# The import id of each type, from the section "Import" of its page in the provider's documentation. {id} is
# the id in the log, {short} is that id without the prefix of an ARN, and the other fields are arguments of
# the resource, in which Terraform resolves references to other resources.
_IMPORT_IDS = {
    "aws_backup_selection": "{plan_id}|{id}",
    "aws_ecs_cluster": "{short}",
    "aws_ecs_service": "{short}",
    # The log contains only the family; the apply registered its newest revision.
    "aws_ecs_task_definition": "${{data.aws_ecs_task_definition.newest.arn}}",
    "aws_route": "{route_table_id}_{destination_cidr_block}",
    "aws_route_table_association": "{subnet_id}/{route_table_id}",
    "aws_wafv2_web_acl": "{id}/{name}/{scope}",
} | dict.fromkeys(
    (
        "aws_acm_certificate", "aws_backup_plan", "aws_backup_vault", "aws_cloudwatch_log_group",
        "aws_db_event_subscription", "aws_db_subnet_group", "aws_ecr_repository", "aws_eip", "aws_flow_log",
        "aws_iam_policy", "aws_iam_role", "aws_internet_gateway", "aws_kms_alias", "aws_kms_key",
        "aws_lb", "aws_lb_listener",
        "aws_lb_target_group", "aws_nat_gateway", "aws_network_acl", "aws_rds_cluster",
        "aws_rds_cluster_instance", "aws_rds_cluster_parameter_group", "aws_route53_record",
        "aws_route_table", "aws_s3_bucket", "aws_secretsmanager_secret", "aws_security_group",
        "aws_sns_topic", "aws_subnet", "aws_vpc", "aws_vpc_endpoint",
        "aws_vpc_security_group_egress_rule", "aws_vpc_security_group_ingress_rule",
        "random_id",
    ),
    "{id}",
)  # fmt: skip
ADOPTED_TYPES = frozenset(_IMPORT_IDS)

# The next apply creates resources of these types again, with the same effect, so they need no import. A
# secret version must not be imported, because its import would write the password to the state; the next
# apply creates a new version and sets its password on the database. An e-mail address that is subscribed
# again keeps its subscription. An unconfirmed subscription cannot be imported reliably: AWS lists it without
# its ARN and deletes it after two days:
# https://aws.amazon.com/about-aws/whats-new/2023/05/amazon-sns-automatic-deletion-unconfirmed-subscriptions/
WRITTEN_AGAIN_TYPES = frozenset(
    (
        "aws_acm_certificate_validation", "aws_appautoscaling_policy", "aws_appautoscaling_target",
        "aws_cloudwatch_composite_alarm", "aws_cloudwatch_dashboard", "aws_cloudwatch_metric_alarm",
        "aws_default_security_group", "aws_ecr_lifecycle_policy", "aws_ecr_repository_policy",
        "aws_iam_role_policies_exclusive", "aws_iam_role_policy_attachment",
        "aws_iam_role_policy_attachments_exclusive", "aws_s3_bucket_lifecycle_configuration",
        "aws_s3_bucket_notification", "aws_s3_bucket_ownership_controls", "aws_s3_bucket_policy",
        "aws_s3_bucket_public_access_block", "aws_s3_bucket_server_side_encryption_configuration",
        "aws_s3_bucket_versioning", "aws_secretsmanager_secret_policy", "aws_secretsmanager_secret_version",
        "aws_sns_topic_policy", "aws_sns_topic_subscription", "aws_wafv2_web_acl_association",
        "aws_wafv2_web_acl_logging_configuration",
    )
)  # fmt: skip

# The arguments by which a user recognizes a resource in AWS, the most specific first.
_NAME_KEYS = ("identifier", "name", "bucket", "family", "cluster_identifier", "name_prefix", "description")


class AdoptionError(Exception):
    """The resources to adopt could not be determined; the message says why."""


@dataclass(frozen=True)
class ApplyLog:
    """The ids of the resources that applies created, and the operations that did not complete.

    Both are by address; an operation is `Creating` or `Destroying`.
    """

    created: Mapping[str, str]
    incomplete: Mapping[str, str]


@dataclass(frozen=True)
class Adoption:
    """A Terraform document of import blocks, and one line for each resource that the user must check."""

    document: dict[str, Any]
    to_check: list[str]


def read(output: str) -> ApplyLog:
    """Parse the output of applies, as Terraform or cdktf prints it; the last event of an address counts."""
    created: dict[str, str] = {}
    incomplete: dict[str, str] = {}
    # Terraform prints colors even without a terminal, and cdktf moves the cursor.
    for line in ESCAPE_SEQUENCE.sub("", output).splitlines():
        if match := _ADDED_BY_USER.fullmatch(line) or _PROGRESS.search(line):
            address, parts = match["address"], match.groupdict()
            incomplete.pop(address, None)
            if parts.get("started") or parts.get("destroyed"):
                created.pop(address, None)
            if parts.get("started"):
                incomplete[address] = parts["started"]
            elif parts["id"]:
                created[address] = parts["id"]
    return ApplyLog(created, incomplete)


def is_output_of_apply(output: str) -> bool:
    """Return whether the text contains at least one line of an apply, or one that the user added for it."""
    plain = ESCAPE_SEQUENCE.sub("", output)
    return bool(_OTHER_OUTPUT.search(plain)) or any(
        _ADDED_BY_USER.fullmatch(line) or _PROGRESS.search(line) for line in plain.splitlines()
    )


def adoption(stack: Mapping[str, Any], state_ids: Mapping[str, str], log: ApplyLog) -> Adoption:
    """Determine which resources of a synthesized stack to adopt, given the ids in the state by address."""
    document: dict[str, Any] = {"import": []}
    to_check: list[str] = []
    for address, id_ in log.created.items():
        type_, _, name = address.partition(".")
        resource = stack["resource"].get(type_, {}).get(name)
        if type_ in WRITTEN_AGAIN_TYPES or state_ids.get(address) == id_:
            continue
        if address in state_ids:
            to_check.append(f"{address}: the state has {state_ids[address]}, but {id_} was created after it")
        elif type_ not in _IMPORT_IDS:
            to_check.append(f"{address}: {id_} was created, but resources of this type cannot be adopted")
        elif resource is None:
            to_check.append(f"{address}: {id_} was created, but is not in the synthesized stack")
        else:
            arguments = {**resource, "id": id_, "short": re.sub("^arn:[^/]+/", "", id_)}
            document["import"].append({"to": address, "id": _IMPORT_IDS[type_].format(**arguments)})
            if type_ == "aws_ecs_task_definition":
                document["data"] = {type_: {"newest": {"task_definition": resource["family"]}}}
    for address, operation in sorted(log.incomplete.items()):
        type_, _, name = address.partition(".")
        # A resource in the state needs no check: the next plan refreshes it, and notices if it was destroyed.
        if type_ not in WRITTEN_AGAIN_TYPES and (operation == "Creating" or address not in state_ids):
            resource = stack["resource"].get(type_, {}).get(name, {})
            to_check.append(f"{address}: {operation} did not complete{_name(resource)}")
    return Adoption(document, to_check)


def _name(resource: Mapping[str, Any]) -> str:
    named = {**resource, "name": resource.get("tags", {}).get("Name") or resource.get("name")}
    return next((f", {key} {named[key]}" for key in _NAME_KEYS if named.get(key)), "")


def _state_ids(directory: Path) -> dict[str, str]:
    """The ids of the managed resources in the state, by address."""
    state = terraform.document("state", "pull", directory=directory, environment=os.environ, keys=_STATE_KEYS)
    # Terraform prints nothing while there is no state.
    resources = state["resources"] if state else []
    return {
        f"{resource['type']}.{resource['name']}": instance["attributes"].get("id") or ""
        for resource in resources
        if resource["mode"] == "managed"
        for instance in resource["instances"]
        if "deposed" not in instance
    }


def adopt(directory: Path, logs: list[Path]) -> Adoption:
    """Write the import blocks beside the synthesized stack, or delete their file if there are none.

    Raises AdoptionError or TerraformError.
    """
    try:
        outputs = {log: log.read_text(encoding="utf-8", errors="replace") for log in logs}
        stack = json.loads((directory / "cdk.tf.json").read_text(encoding="utf-8"))
    except OSError as error:
        raise AdoptionError(f"{error.filename}: {error.strerror}") from None
    for log, output in outputs.items():
        if not is_output_of_apply(output):
            raise AdoptionError(
                f"{log}: must be the output of terraform apply or cdktf deploy, as text in UTF-8, but "
                "no line of it is Terraform's"
            )
    terraform.check_workspace(os.environ, directory)
    found = adoption(stack, _state_ids(directory), read("\n".join(outputs.values())))
    file = directory / ADOPTED
    if found.document["import"]:
        replace_file(file, json.dumps(found.document, indent=2))
    else:
        file.unlink(missing_ok=True)
    return found


def main(arguments: list[str]) -> int:
    """Print how many resources the next apply adopts and which need a check; return the exit code."""
    name, *logs = arguments or [""]
    if not logs:
        print("usage: pipenv run adopt STACK LOG...", file=sys.stderr)
        return _FAILED
    check_temporary_folder(os.environ)
    directory = output_folder(os.environ) / "stacks" / name
    try:
        found = adopt(directory, [Path(log) for log in logs])
    except (AdoptionError, TerraformError) as error:
        print(error, file=sys.stderr)
        return _FAILED
    except KeyboardInterrupt:
        return _INTERRUPTED
    blocks = found.document["import"]
    where = f": the next apply imports what {directory / ADOPTED} lists" if blocks else ""
    print(f"{len(blocks)} to adopt{where}", *found.to_check, sep="\n", flush=True)
    return _DONE


if __name__ == "__main__":
    explain_failures()
    sys.exit(main(sys.argv[1:]))
