"""Plans in the format of `terraform show -json`, made from synthesized stacks."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from tests.unit.synthesis import Block, Synthesized

_REFERENCE = re.compile(r"\$\{([^}]+)\}")


def plan(
    before: Synthesized | None,
    after: Synthesized | None,
    *,
    configured: bool = True,
    replaced: Iterable[str] = (),
) -> Block:
    """The plan from one stack to another: what is in one of the two only is created or deleted.

    A reference is an id in the state (`id of ADDRESS`), and unknown for what is created; only the
    configuration names it, if it is part of the plan.
    """
    old, new = (_resources(stack) if stack else {} for stack in (before, after))
    changes = []
    for address in sorted(old.keys() | new.keys()):
        actions = _actions(old.get(address), new.get(address), replace=address in replaced)
        changes.append(
            {
                "address": address,
                "mode": "managed",
                "type": address.partition(".")[0],
                "name": address.partition(".")[2],
                "change": {
                    "actions": actions,
                    "before": _known(address, old.get(address), old),
                    "after": _known(address, new.get(address), old),
                },
            }
        )
    expressions = [
        {"address": address, "expressions": _expressions(arguments)} for address, arguments in new.items()
    ]
    return {
        "format_version": "1.2",
        "planned_values": {},
        "resource_changes": changes,
        "configuration": {"root_module": {"resources": expressions if configured else []}},
    }


def _resources(stack: Synthesized) -> dict[str, Block]:
    return {
        f"{type_}.{name}": {key: value for key, value in arguments.items() if key != "//"}
        for type_, resources in stack.document["resource"].items()
        for name, arguments in resources.items()
    }


def _actions(old: Block | None, new: Block | None, *, replace: bool) -> list[str]:
    if old is None:
        return ["create"]
    if new is None:
        return ["delete"]
    if replace:
        return ["delete", "create"]
    return ["no-op"] if old == new else ["update"]


def _known(address: str, arguments: Block | None, state: Mapping[str, Block]) -> Block | None:
    if arguments is None:
        return None
    values = {}
    for name, value in arguments.items():
        found = _REFERENCE.fullmatch(value) if isinstance(value, str) else None
        if found is None:
            values[name] = value
        elif (target := ".".join(found[1].split(".")[:2])) in state:
            values[name] = f"{found[1].split('.')[-1]} of {target}"
    if address in state:
        values["id"] = f"id of {address}"
    if address.startswith("aws_vpc_endpoint."):
        values["prefix_list_id"] = f"prefix_list_id of {address}"
    return values


def _expressions(arguments: Block) -> dict[str, Any]:
    expressions: dict[str, Any] = {}
    for name, value in arguments.items():
        found = _REFERENCE.fullmatch(value) if isinstance(value, str) else None
        if found:
            expressions[name] = {"references": [found[1], ".".join(found[1].split(".")[:2])]}
        else:
            expressions[name] = {"constant_value": value}
    return expressions
