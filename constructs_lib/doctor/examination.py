"""What the checks look at: the settings, the synthesized stack, its state, the account, and the tools."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from constructs_lib.doctor import node
from constructs_lib.doctor.aws import Aws
from constructs_lib.doctor.findings import Finding, UnknownError
from constructs_lib.settings.model import Settings
from constructs_lib.settings.names import PROJECT

Block = dict[str, Any]
AskDns = Callable[..., list[Any]]


@dataclass(frozen=True, kw_only=True)
class Examination:
    """A deployment, as the settings describe it and as the account has it."""

    settings: Settings
    document: Mapping[str, Any]
    """The synthesized JSON of the stack."""
    aws: Aws
    ask_dns: AskDns = node.ask_dns
    _known: dict[str, UnknownError] = field(default_factory=dict)

    def resources(self, type_: str) -> dict[str, Block]:
        """The resources of a type that the deployment needs, by their Terraform names."""
        found: dict[str, Block] = self.document["resource"].get(type_, {})
        return found

    def names(self, type_: str, attribute: str = "name") -> dict[str, str]:
        """The AWS names of the resources of a type that are known before the apply, by Terraform address."""
        return {
            f"{type_}.{name}": block[attribute]
            for name, block in self.resources(type_).items()
            if "${" not in block.get(attribute, "${")
        }

    def deployed(self, type_: str, attribute: str = "id") -> set[str]:
        """The values of an attribute of all resources of a type in the state. Raises UnknownError."""
        return {str(each[attribute]) for each in self._state.get(type_, ()) if attribute in each}

    @property
    def is_deployed(self) -> bool:
        """Whether the state contains any resource. Raises UnknownError."""
        return bool(self._state)

    @property
    def state_key(self) -> str:
        """The key of the state's object in the bucket."""
        return f"{PROJECT}/{self.settings.suffix}/terraform.tfstate"

    @property
    def _state(self) -> dict[str, list[Block]]:
        """Type → the attributes of each managed resource. Reads the state at most once."""
        if "state" in self._known:
            raise self._known["state"]
        try:
            return self._resources_of_state
        except UnknownError as error:
            self._known["state"] = UnknownError(f"the state cannot be read: {error}")
            raise self._known["state"] from error

    @cached_property
    def _resources_of_state(self) -> dict[str, list[Block]]:
        read = self.aws.find(
            "s3",
            "get_object",
            missing=("NoSuchKey", "NoSuchBucket"),
            Bucket=self.settings.state.bucket,
            Key=self.state_key,
        )
        if read is None:
            return {}
        try:
            state = json.loads(read["Body"].read())
        except ValueError:
            raise UnknownError(f"{self.state_key} is not JSON") from None
        found: dict[str, list[Block]] = {}
        for resource in state.get("resources", ()):
            if resource["mode"] == "managed":
                instances = [each["attributes"] for each in resource["instances"]]
                found.setdefault(resource["type"], []).extend(instances)
        return found

    @cached_property
    def caller(self) -> Block:
        """The answer of GetCallerIdentity. Raises UnknownError."""
        return self.aws.get("sts", "get_caller_identity")

    @property
    def account_id(self) -> str:
        """The ID of the account that the credentials are of. Raises UnknownError."""
        return str(self.caller["Account"])


@dataclass(frozen=True)
class Check:
    """A check, and what it looks at."""

    subject: str
    look: Callable[[Examination], Iterator[Finding]]
