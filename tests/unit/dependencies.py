"""The order in which Terraform creates the resources of a stack."""

import json
import re

from tests.unit.synthesis import Synthesized


def dependencies(stack: Synthesized, address: str) -> set[str]:
    """Return the addresses of the resources that Terraform creates before this one."""
    graph = _graph(stack)
    found: set[str] = set()
    new = {address}
    while new:
        found |= new
        new = {dependency for each in new for dependency in graph[each]} - found
    return found - {address}


def _graph(stack: Synthesized) -> dict[str, set[str]]:
    """The addresses of all resources → the addresses that their arguments and `depends_on` refer to."""
    resources = {
        f"{type_}.{name}": resource
        for type_, of_type in stack.document["resource"].items()
        for name, resource in of_type.items()
    }
    return {
        address: {found for found in re.findall(r"\b\w+\.[\w-]+", json.dumps(resource)) if found in resources}
        - {address}
        for address, resource in resources.items()
    }
