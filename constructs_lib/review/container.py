"""What changes in the container definitions of a task, which is JSON in one attribute."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from constructs_lib.review import safe
from constructs_lib.review.findings import Finding, Kind, Rule
from constructs_lib.review.plan import Change, same

_REFERENCE = "${"
_CONFINEMENT = (
    "readonlyRootFilesystem privileged user linuxParameters dockerSecurityOptions ulimits mountPoints "
    "volumesFrom systemControls"
)
_PROTECTED = {
    **dict.fromkeys(_CONFINEMENT.split(), (Kind.PROTECTION, "what the container may do on its host changes")),
    **dict.fromkeys(
        ("logConfiguration", "firelensConfiguration"),
        (Kind.PROTECTION, "the container logs elsewhere or in another way"),
    ),
}
_ROUTINE = {
    "command": "another command",
    "entryPoint": "another entry point",
    "healthCheck": "another health check",
    "cpu": "other CPU units",
    "memory": "other memory",
    "memoryReservation": "other memory",
    "portMappings": "another port",
    "stopTimeout": "another stop timeout",
    "startTimeout": "another start timeout",
    "essential": "essential or not",
    "dependsOn": "another order of the containers",
    "workingDirectory": "another working directory",
    "versionConsistency": "another resolution of the image's tag",
}


def definitions() -> Rule:
    """The definitions, compared by the containers' names."""

    def find(change: Change, name: str) -> Iterator[Finding]:
        try:
            before = _containers(change.before.get(name))
            after = _containers(change.configured_text(name))
        except (AttributeError, KeyError, TypeError, ValueError):
            text = "the container is known only after the apply"
            yield Finding(Kind.NOT_UNDERSTOOD, text, change.address)
            return
        if added := len(after.keys() - before.keys()):
            yield Finding(Kind.NOT_UNDERSTOOD, f"{added} other containers in the task", change.address)
        if gone := len(before.keys() - after.keys()):
            yield Finding(Kind.NOT_UNDERSTOOD, f"{gone} containers fewer in the task", change.address)
        for container in sorted(before.keys() & after.keys()):
            old, new = before[container], after[container]
            for key in sorted(old.keys() | new.keys()):
                if not same(old.get(key), new.get(key)):
                    kind, text = _difference(key, old.get(key), new.get(key))
                    yield Finding(kind, text, change.address)

    return Rule(find, compares=False)


def _containers(text: object) -> dict[str, Mapping[str, Any]]:
    if not isinstance(text, str):
        raise TypeError
    return {each["name"]: each for each in json.loads(text)}


def _difference(key: str, before: object, after: object) -> tuple[Kind, str]:
    if key == "image":
        return Kind.ROUTINE, f"another image: {safe.image(before)} → {safe.image(after)}"
    if key == "environment":
        return Kind.ROUTINE, f"variables of the container: {_counts(before, after, 'value')}"
    if key == "secrets":
        return _secrets(before, after)
    if key in _ROUTINE:
        return Kind.ROUTINE, f"the container has {_ROUTINE[key]}"
    return _PROTECTED.get(key, (Kind.NOT_UNDERSTOOD, "a part of the container definition changes"))


def _secrets(before: object, after: object) -> tuple[Kind, str]:
    """A secret whose version is known only after the apply is the same, if its variable is."""
    old, new = (_by_name(each, "valueFrom") for each in (before, after))
    changed = [
        name
        for name in old.keys() & new.keys()
        if old[name] != new[name] and _REFERENCE not in new[name] and _secret(old[name]) != _secret(new[name])
    ]
    if new.keys() - old.keys() or changed:
        return Kind.ACCESS, f"secrets of the container: {_counts(before, after, 'valueFrom')}"
    return Kind.ROUTINE, "the container gets other versions of its secrets"


def _secret(reference: str) -> str:
    """The ARN of a secret without the JSON key and the version that follow it."""
    return ":".join(reference.split(":")[:7])


def _counts(before: object, after: object, key: str) -> str:
    old, new = _by_name(before, key), _by_name(after, key)
    counts = {
        "added": len(new.keys() - old.keys()),
        "removed": len(old.keys() - new.keys()),
        "changed": sum(1 for name in old.keys() & new.keys() if old[name] != new[name]),
    }
    return ", ".join(f"{count} {what}" for what, count in counts.items() if count) or "in another order"


def _by_name(members: object, key: str) -> dict[str, str]:
    return {each["name"]: str(each.get(key)) for each in members} if isinstance(members, list) else {}
