"""Reads a plan in the format of `terraform show -json`."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

NO_OP, CREATE, UPDATE, DELETE, FORGET = "no-op", "create", "update", "delete", "forget"
_ACTIONS = frozenset((NO_OP, CREATE, UPDATE, DELETE, FORGET, "read"))
_FORMAT_MAJOR = "1"
_REFERENCE = re.compile(r"\$\{([\w.-]+)\}")


class PlanError(Exception):
    """The document is no plan that can be reviewed; the message says why, without a value of it."""


@dataclass(frozen=True)
class Change:
    """What the plan does to one resource.

    `before` and `after` are empty where there is no resource. `configured` has the resource's arguments as
    they stand in the configuration, with their references.
    """

    address: str
    type: str
    actions: tuple[str, ...]
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    unknown: Mapping[str, Any]
    before_sensitive: Mapping[str, Any]
    after_sensitive: Mapping[str, Any]
    configured: Mapping[str, Any] = field(default_factory=dict)
    existing: Mapping[str, str] = field(default_factory=dict)
    """Attribute of an existing resource, such as `aws_vpc.main.id` → its value."""
    imported: bool = False
    previous_address: str | None = None
    deposed: str | None = None

    @property
    def creates(self) -> bool:
        """Whether there was no such resource."""
        return self.actions == (CREATE,)

    @property
    def replaces(self) -> bool:
        """Whether the resource is deleted and another one takes its place."""
        return CREATE in self.actions and len(self.actions) > 1

    @property
    def ends(self) -> bool:
        """Whether the existing resource is deleted, to remove or to replace it."""
        return DELETE in self.actions

    @property
    def removes(self) -> bool:
        """Whether there is no such resource afterwards."""
        return self.actions == (DELETE,)

    def is_unknown(self, name: str) -> bool:
        """Whether an attribute or a part of it is known only after the apply."""
        return any_marked(self.unknown.get(name))

    def is_configured(self, name: str) -> bool:
        """Whether the configuration sets an attribute."""
        return name in self.configured

    def is_sensitive(self, name: str) -> bool:
        """Whether Terraform marks an attribute or a part of it as sensitive."""
        return any_marked(self.before_sensitive.get(name)) or any_marked(self.after_sensitive.get(name))

    def configured_text(self, name: str) -> object:
        """Return the value of an attribute; of one that is known only after the apply, the text of its
        configuration, with references to what does not exist yet."""
        if not self.is_unknown(name):
            return self.after.get(name)
        template = self.configured.get(name)
        text = template.get("constant_value") if isinstance(template, Mapping) else None
        if not isinstance(text, str):
            return None
        return _REFERENCE.sub(lambda found: self.existing.get(found[1], found[0]), text)

    def group_of(self, name: str) -> str | None:
        """Return the address of the resource whose id an attribute is, if the plan tells it."""
        reference = self.configured.get(name)
        if isinstance(reference, Mapping) and (references := reference.get("references")):
            return str(references[-1])
        id_ = self.after.get(name, self.before.get(name))
        if not isinstance(id_, str):
            return None
        names = (key.removesuffix(".id") for key, value in self.existing.items() if value == id_)
        return next((each for each in names if not each.startswith("data.")), None)

    def changed(self) -> Iterator[str]:
        """Yield the names of the attributes that change.

        An attribute that is not configured and known only after the apply is computed by the provider, so
        it follows from the others.
        """
        for name in sorted(self.before.keys() | self.after.keys() | self.unknown.keys()):
            if self.is_unknown(name):
                if self.is_configured(name):
                    yield name
            elif not same(self.before.get(name), self.after.get(name)):
                yield name


@dataclass(frozen=True)
class Plan:
    """The changes of a plan, and what else matters for the decision to apply it."""

    changes: Sequence[Change]
    output_changes: Mapping[str, Mapping[str, Any]]
    checks: Sequence[tuple[str, str]]
    """Address and status of each check that has not passed, except those that an apply evaluates."""
    not_planned: Sequence[str]
    """What the plan contains but this module does not read, such as deferred changes."""
    complete: bool


def any_marked(marks: object) -> bool:
    """Return whether anything in the marks of a plan is `true`."""
    if isinstance(marks, Mapping):
        return any(any_marked(mark) for mark in marks.values())
    return any(any_marked(mark) for mark in marks) if isinstance(marks, list) else marks is True


def same(before: object, after: object) -> bool:
    """Return whether two values are equal; an absent value is null, false, "" or an empty list."""
    return before == after or (_is_absent(before) and _is_absent(after))


def _is_absent(value: object) -> bool:
    return value is None or value is False or value in ("", [], {})


def read_plan(document: object) -> Plan:
    """Return the plan of a JSON document. Raises PlanError if it is none, or not complete enough."""
    if not isinstance(document, Mapping):
        raise PlanError("this is no JSON object: must be the output of terraform show -json PLAN")
    version = document.get("format_version")
    if "planned_values" not in document or not isinstance(version, str):
        found = "the state" if "values" in document else "no plan"
        raise PlanError(f"this is {found} of Terraform: must be the output of terraform show -json PLAN")
    if version.partition(".")[0] != _FORMAT_MAJOR:
        raise PlanError(f"the plan's format is not {_FORMAT_MAJOR}.x, which this version reads")
    if document.get("errored"):
        raise PlanError(
            "the plan is incomplete because planning failed: plan again after you have corrected it"
        )
    try:
        return _plan(document)
    except (AttributeError, IndexError, KeyError, TypeError, ValueError):
        raise PlanError(
            "the plan has a part of an unexpected form: must be the unchanged output of "
            "terraform show -json PLAN"
        ) from None


def _plan(document: Mapping[str, Any]) -> Plan:
    configured = dict(_configured(document.get("configuration", {}).get("root_module", {}), ""))
    replaced = {
        resource["address"]
        for resource in document.get("resource_changes", [])
        if DELETE in resource["change"]["actions"]
    }
    state = document.get("prior_state", {}).get("values", {}).get("root_module", {})
    existing = {
        f"{address}.{name}": value
        for address, values in _values(state)
        for name, value in values.items()
        if isinstance(value, str) and (address not in replaced or name == "id")
    }
    changes = [
        _change(resource, configured, existing)
        for resource in document.get("resource_changes", [])
        if resource["mode"] == "managed"
    ]
    return Plan(
        changes=changes,
        output_changes={
            name: change
            for name, change in document.get("output_changes", {}).items()
            if change["actions"] != [NO_OP]
        },
        checks=list(_checks(document)),
        not_planned=[key for key in ("deferred_changes", "action_invocations") if document.get(key)],
        complete=document.get("complete", True) is True,
    )


def _change(
    resource: Mapping[str, Any],
    configured: Mapping[str, Mapping[str, Any]],
    existing: Mapping[str, str],
) -> Change:
    change = resource["change"]
    actions = tuple(change["actions"])
    if not actions or not _ACTIONS.issuperset(actions):
        raise ValueError
    address, type_ = resource["address"], resource["type"]
    if not isinstance(address, str) or not isinstance(type_, str):
        raise TypeError
    return Change(
        address=address,
        type=type_,
        actions=actions,
        before=_mapping(change.get("before")),
        after=_mapping(change.get("after")),
        unknown=_marks(change.get("after_unknown"), change.get("after")),
        before_sensitive=_marks(change.get("before_sensitive"), change.get("before")),
        after_sensitive=_marks(change.get("after_sensitive"), change.get("after")),
        configured=configured.get(address.partition("[")[0], {}),
        existing=existing,
        imported=bool(change.get("importing")),
        previous_address=resource.get("previous_address"),
        deposed=resource.get("deposed"),
    )


def _mapping(value: object) -> Mapping[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise TypeError
    return value


def _marks(marks: object, values: object) -> Mapping[str, Any]:
    """The marks by attribute; Terraform writes `true` if the whole resource is marked."""
    if marks is True and isinstance(values, Mapping):
        return dict.fromkeys(values, True)
    return marks if isinstance(marks, Mapping) else {}


def _configured(module: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for resource in module.get("resources", []):
        yield f"{prefix}{resource['address']}", resource.get("expressions", {})
    for name, call in module.get("module_calls", {}).items():
        yield from _configured(call.get("module", {}), f"{prefix}module.{name}.")


def _values(module: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for resource in module.get("resources", []):
        yield resource["address"], resource.get("values") or {}
    for child in module.get("child_modules", []):
        yield from _values(child)


def _checks(document: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for check in document.get("checks", []):
        address, status = check["address"], check["status"]
        if status in ("fail", "error") or (status == "unknown" and address["kind"] == "check"):
            yield address["to_display"], status
