"""Where Terraform finds its providers: a mirror on this machine, the registry, or a stand-in.

Terraform is told by a CLI configuration that is written at run time; the person's own stays as it is.
"""

import json
import os
import platform
import shlex
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from threading import Lock

from tests.emulator import random_provider

REGISTRY = "registry.terraform.io"
MIRROR_VARIABLE = "TERRAFORM_PROVIDER_MIRROR"
CACHE_VARIABLE = "TF_PLUGIN_CACHE_DIR"
REGISTRY_TIMEOUT_SECONDS = 5.0

_STAND_INS = {"hashicorp/random": Path(random_provider.__file__)}
# Between runs, so that several hundred megabytes come from the registry once. Git ignores it.
_CACHE = Path(__file__).parents[2] / ".terraform" / "plugin-cache"
_asking = Lock()
_ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}


class ProvidersUnavailableError(Exception):
    """A provider is in no mirror of this machine, and the registry cannot be reached."""


@dataclass(frozen=True, order=True)
class Provider:
    """A provider as the registry knows it: `hashicorp/aws` and an exact version."""

    source: str
    version: str

    @property
    def address(self) -> str:
        """The address with its host, as the CLI configuration and mirrors write it."""
        return f"{REGISTRY}/{self.source}"

    def packed_in(self, mirror: Path) -> bool:
        """Whether the mirror holds it for this machine, packed or unpacked.

        Both layouts: https://developer.hashicorp.com/terraform/cli/config/config-file#filesystem_mirror
        """
        name = self.source.rpartition("/")[2]
        folder = mirror / self.address
        return (folder / self.version / target()).is_dir() or (
            folder / f"terraform-provider-{name}_{self.version}_{target()}.zip"
        ).is_file()


@dataclass(frozen=True)
class Installation:
    """Where each provider comes from."""

    mirrored: Mapping[Provider, Path]
    direct: tuple[Provider, ...]
    stand_ins: tuple[Provider, ...]
    configuration: Path

    def variables(self) -> dict[str, str]:
        """The environment variables that make Terraform install the providers from there."""
        variables = {"TF_CLI_CONFIG_FILE": str(self.configuration)}
        if self.direct:
            _CACHE.mkdir(parents=True, exist_ok=True)
            # The lock files are as temporary as the copies of the stacks, so the cache cannot break them.
            variables |= {
                CACHE_VARIABLE: str(_CACHE),
                "TF_PLUGIN_CACHE_MAY_BREAK_DEPENDENCY_LOCK_FILE": "true",
            }
        return variables

    def describe(self) -> Iterator[str]:
        """One line for each provider that says where it comes from."""
        for provider, mirror in self.mirrored.items():
            yield f"{provider.source} {provider.version} from the mirror {mirror}"
        for provider in self.direct:
            yield f"{provider.source} {provider.version} from {REGISTRY}"
        for provider in self.stand_ins:
            yield f"{provider.source} {provider.version}: a STAND-IN, since {REGISTRY} cannot be reached"


def target() -> str:
    """This machine as Terraform names it, such as `linux_amd64`."""
    machine = platform.machine().lower()
    return f"{platform.system().lower()}_{_ARCHITECTURES.get(machine, machine)}"


def required_by(stacks: Iterable[Path]) -> list[Provider]:
    """The providers that synthesized stacks (folders with a `cdk.tf.json`) ask for."""
    found: set[Provider] = set()
    for stack in stacks:
        document = json.loads((stack / "cdk.tf.json").read_text(encoding="utf-8"))
        for entry in document["terraform"]["required_providers"].values():
            source = entry["source"].removeprefix(f"{REGISTRY}/")
            found.add(Provider(source if "/" in source else f"hashicorp/{source}", entry["version"]))
    return sorted(found)


def mirrors(environment: Mapping[str, str] = os.environ) -> list[Path]:
    """The directories that hold a folder of the registry's name: the one of the environment variable
    alone if it is set, else Terraform's own implied mirrors and the customary places."""
    if named := environment.get(MIRROR_VARIABLE):
        return [Path(named)]
    home = Path.home()
    data = [environment.get("XDG_DATA_HOME") or str(home / ".local/share")]
    data += (environment.get("XDG_DATA_DIRS") or "/usr/local/share:/usr/share").split(":")
    support = "Library/Application Support/io.terraform/plugins"
    candidates = [
        home / ".terraform.d/plugins",
        home / support,
        Path("/") / support,
        *(Path(folder) / "terraform/plugins" for folder in data),
        *(
            child
            for folder in ("/opt", "/usr/local/share", "/usr/share")
            for child in Path(folder).glob("*/")
        ),
    ]
    return [candidate for candidate in candidates if (candidate / REGISTRY).is_dir()]


def registry_reachable() -> bool:
    """Whether the Terraform registry answers within `REGISTRY_TIMEOUT_SECONDS`. It is asked once, so that
    every deployment of a run has its providers from the same place."""
    with _asking:
        return _registry_answers()


@cache
def _registry_answers() -> bool:
    address = f"https://{REGISTRY}/.well-known/terraform.json"
    try:
        with urllib.request.urlopen(address, timeout=REGISTRY_TIMEOUT_SECONDS) as answer:
            return bool(json.load(answer).get("providers.v1"))
    except (OSError, ValueError):
        return False


def install(
    needed: Iterable[Provider],
    directory: Path,
    *,
    environment: Mapping[str, str] = os.environ,
    reachable: Callable[[], bool] = registry_reachable,
) -> Installation:
    """Decide where each provider comes from and write the CLI configuration into `directory`.

    Raises ProvidersUnavailableError, naming what is missing, when neither a mirror nor the registry
    nor a stand-in has it. The registry is asked only for what no mirror has.
    """
    held = mirrors(environment)
    mirrored: dict[Provider, Path] = {}
    missing: list[Provider] = []
    for provider in needed:
        holder = next((mirror for mirror in held if provider.packed_in(mirror)), None)
        if holder:
            mirrored[provider] = holder
        else:
            missing.append(provider)
    direct = tuple(missing) if missing and reachable() else ()
    stand_ins = () if direct else tuple(missing)
    if unknown := [provider for provider in stand_ins if provider.source not in _STAND_INS]:
        names = ", ".join(f"{provider.source} {provider.version}" for provider in unknown)
        raise ProvidersUnavailableError(
            f"{names}: in no provider mirror of this machine ({MIRROR_VARIABLE} names one), "
            f"and {REGISTRY} cannot be reached"
        )
    own = directory / "stand-ins"
    for provider in stand_ins:
        _place_stand_in(provider, own)
    configuration = directory / "terraform.tfrc"
    sources = mirrored | dict.fromkeys(stand_ins, own)
    configuration.write_text(cli_configuration(sources, direct=bool(direct)), encoding="utf-8")
    return Installation(mirrored, direct, stand_ins, configuration)


def cli_configuration(mirrored: Mapping[Provider, Path], *, direct: bool) -> str:
    """The CLI configuration: each mirror for what it holds, and the registry for all else if `direct`."""
    addresses = [provider.address for provider in mirrored]
    blocks = []
    for mirror in dict.fromkeys(mirrored.values()):
        held = [provider.address for provider, holder in mirrored.items() if holder == mirror]
        path = json.dumps(str(mirror))
        blocks.append(f"  filesystem_mirror {{\n    path = {path}\n    include = {json.dumps(held)}\n  }}\n")
    if direct:
        blocks.append(f"  direct {{\n    exclude = {json.dumps(addresses)}\n  }}\n")
    return f"disable_checkpoint = true\nprovider_installation {{\n{''.join(blocks)}}}\n"


def _place_stand_in(provider: Provider, mirror: Path) -> None:
    """Put a program that serves the provider where an unpacked mirror has its binary."""
    name = provider.source.rpartition("/")[2]
    program = (
        mirror
        / provider.address
        / provider.version
        / target()
        / f"terraform-provider-{name}_v{provider.version}_x5"
    )
    program.parent.mkdir(parents=True)
    # HOME: the framework keeps a certificate below it, which is to go with the mirror.
    # -P: this package's own modules must not stand in front of the library's.
    served = shlex.join([sys.executable, "-P", str(_STAND_INS[provider.source])])
    program.write_text(f'#!/bin/sh\nHOME={shlex.quote(str(mirror))} exec {served} "$@"\n', encoding="utf-8")
    program.chmod(0o755)
