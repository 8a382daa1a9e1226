"""A fingerprint of what a plan would do, so that what was reviewed is what is applied.

It is a SHA-256 over a canonical form of the changes:

- address, type and actions of each resource, whose order does not count, and the ids of existing ones;
- each attribute that changes, before and after. Sets and the documents in policies have one order, and
  numbers that depend on the time of the plan are left out: a rotation is the same one a minute later. What
  is known only after the apply counts as that;
- the outputs that change.

Values that Terraform marks as sensitive are not part of it, not even hashed, because the fingerprint is
public and a short value could be guessed: only that they change is. What the plan does not change is not part
of it either, so that a task that scaling has added in between makes no difference.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any

from constructs_lib.review.plan import NO_OP, Change, Plan, any_marked

_UNKNOWN, _SENSITIVE, _TIME = "(known after apply)", "(sensitive)", "(time)"

# Sets in the schema of the AWS provider, whose members have no order.
_SETS = frozenset(
    (
        "alarm_actions", "alarm_names", "client_id_list", "egress", "enabled_cloudwatch_logs_exports",
        "event_categories", "ingress", "load_balancer", "log_destination_configs", "ok_actions", "parameter",
        "policy_arns", "policy_names", "records", "requires_compatibilities", "resources", "route",
        "route_table_ids", "rule", "security_group_ids", "security_groups", "setting", "source_ids",
        "subnet_ids", "subnets", "thumbprint_list", "validation_record_fqdns", "vpc_security_group_ids",
    )
)  # fmt: skip
# The rules of these types are lists, whose order has a meaning.
_LISTS = frozenset((("aws_s3_bucket_lifecycle_configuration", "rule"),))
# In a policy, whose order has none.
_POLICY_SETS = frozenset(
    ("Action", "NotAction", "NotResource", "Resource", "Statement", "AWS", "Service", "Federated")
)
# Their values count rotations, or are the time of the plan.
_ROTATION = frozenset(("master_password_wo_version", "secret_string_wo_version"))
# Outputs that record a rotation or the time of the plan that set the password.
ROTATION_OUTPUTS = frozenset(("database_login", "database_login_given", "database_password_given"))
_CLOCK = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z")


def fingerprint(plan: Plan) -> str:
    """Return the fingerprint of the plan, in hexadecimal digits."""
    canonical = {
        "resources": sorted(
            (_resource(change) for change in plan.changes if _counts(change)),
            key=json.dumps,
        ),
        "outputs": {name: _output(name, change) for name, change in plan.output_changes.items()},
        "not_planned": sorted(plan.not_planned),
    }
    return hashlib.sha256(json.dumps(canonical, sort_keys=True).encode()).hexdigest()


def _counts(change: Change) -> bool:
    return change.actions != (NO_OP,) or change.imported or change.previous_address is not None


def _resource(change: Change) -> dict[str, Any]:
    names = [*change.after, *change.unknown] if change.creates else [*change.changed()]
    if change.removes:
        names = []
    return {
        "address": change.address,
        "type": change.type,
        "actions": list(change.actions),
        "id": change.before.get("id"),
        "deposed": change.deposed,
        "imported": change.imported,
        "previous_address": change.previous_address,
        "attributes": {name: _attribute(change, name) for name in sorted(set(names))},
    }


def _attribute(change: Change, name: str) -> list[Any]:
    if name in _ROTATION:
        return [_TIME]
    before = _masked(change.before.get(name), change.before_sensitive.get(name), _SENSITIVE)
    after = _masked(change.after.get(name), change.after_sensitive.get(name), _SENSITIVE)
    after = _masked(after, change.unknown.get(name), _UNKNOWN)
    in_order = (change.type, name) in _LISTS
    return [_canonical(each, None if in_order else name) for each in (before, after)]


def _output(name: str, change: Mapping[str, Any]) -> list[Any]:
    if name in ROTATION_OUTPUTS:
        return [change["actions"], _TIME]
    before = _masked(change.get("before"), change.get("before_sensitive"), _SENSITIVE)
    after = _masked(change.get("after"), change.get("after_sensitive"), _SENSITIVE)
    after = _masked(after, change.get("after_unknown"), _UNKNOWN)
    return [change["actions"], _canonical(before), _canonical(after)]


def _masked(value: object, marks: object, mask: str) -> object:
    """The value with the parts that are marked replaced. Unknown parts are missing in it."""
    if marks is True:
        return mask
    if isinstance(marks, Mapping) and any_marked(marks):
        values = value if isinstance(value, Mapping) else {}
        return {key: _masked(values.get(key), marks.get(key), mask) for key in {*values, *marks}}
    if isinstance(marks, list) and any_marked(marks):
        values_ = value if isinstance(value, list) else []
        longest = max(len(values_), len(marks))
        return [
            _masked(
                values_[index] if index < len(values_) else None,
                marks[index] if index < len(marks) else None,
                mask,
            )
            for index in range(longest)
        ]
    return value


def _canonical(value: object, name: str | None = None, sets: frozenset[str] = _SETS) -> object:
    if isinstance(value, Mapping):
        return {key: _canonical(each, key, sets) for key, each in sorted(value.items())}
    if isinstance(value, list):
        members = [_canonical(each, None, sets) for each in value]
        return sorted(members, key=json.dumps) if name in sets else members
    if isinstance(value, str):
        if value.startswith(("{", "[")):
            return _document(value)
        return _TIME if _CLOCK.fullmatch(value) else value
    return value


def _document(text: str) -> object:
    """A JSON document by its meaning: in policies, a list of one is the same as its member."""
    try:
        document = json.loads(text)
    except ValueError:
        return text
    if isinstance(document, dict) and "Statement" in document:
        return _canonical(_listed(document), None, _POLICY_SETS)
    return _canonical(document, None, frozenset())


def _listed(value: object, name: str | None = None) -> object:
    if isinstance(value, dict):
        return {key: _listed(each, key) for key, each in value.items()}
    if isinstance(value, list):
        return [_listed(each) for each in value]
    return [value] if name in _POLICY_SETS else value
