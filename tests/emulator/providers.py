"""Where Terraform installs its providers from: a local mirror, the registry, or a stand-in.

The choice is written to a temporary Terraform CLI configuration; the user's own configuration is not used.
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
# Kept between runs, so that several hundred megabytes are downloaded once. Git ignores the folder.
_CACHE = Path(__file__).parents[2] / ".terraform" / "plugin-cache"
_registry_lock = Lock()
_ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}


class ProvidersUnavailableError(Exception):
    """A provider is in no local mirror, and the registry is unreachable."""


@dataclass(frozen=True, order=True)
class Provider:
    """A provider: its source in the registry, such as `hashicorp/aws`, and an exact version."""

    source: str
    version: str

    @property
    def address(self) -> str:
        """The source with the registry's host name, as in the CLI configuration and in mirrors."""
        return f"{REGISTRY}/{self.source}"

    def is_in(self, mirror: Path) -> bool:
        """Whether the mirror has this version for this platform, in the packed or the unpacked layout.

        https://developer.hashicorp.com/terraform/cli/config/config-file#filesystem_mirror
        """
        name = self.source.rpartition("/")[2]
        folder = mirror / self.address
        return (folder / self.version / platform_name()).is_dir() or (
            folder / f"terraform-provider-{name}_{self.version}_{platform_name()}.zip"
        ).is_file()


@dataclass(frozen=True)
class Installation:
    """The source of each provider."""

    mirrored: Mapping[Provider, Path]
    direct: tuple[Provider, ...]
    stand_ins: tuple[Provider, ...]
    configuration: Path

    def variables(self) -> dict[str, str]:
        """The environment variables that make Terraform install the providers from these sources."""
        variables = {"TF_CLI_CONFIG_FILE": str(self.configuration)}
        if self.direct:
            _CACHE.mkdir(parents=True, exist_ok=True)
            # Dependency lock files exist only in the temporary copies of the stacks, so the cache cannot
            # break one.
            variables |= {
                CACHE_VARIABLE: str(_CACHE),
                "TF_PLUGIN_CACHE_MAY_BREAK_DEPENDENCY_LOCK_FILE": "true",
            }
        return variables

    def describe(self) -> Iterator[str]:
        """One line per provider with its source."""
        for provider, mirror in self.mirrored.items():
            yield f"{provider.source} {provider.version} is installed from the mirror {mirror}"
        for provider in self.direct:
            yield f"{provider.source} {provider.version} is installed from {REGISTRY}"
        for provider in self.stand_ins:
            yield f"{provider.source} {provider.version} is replaced by a STAND-IN: {REGISTRY} is unreachable"


def platform_name() -> str:
    """This machine's platform as Terraform names it, such as `linux_amd64`."""
    machine = platform.machine().lower()
    return f"{platform.system().lower()}_{_ARCHITECTURES.get(machine, machine)}"


def required_by(stacks: Iterable[Path]) -> list[Provider]:
    """The providers that the synthesized stacks (folders with a `cdk.tf.json`) require."""
    found: set[Provider] = set()
    for stack in stacks:
        document = json.loads((stack / "cdk.tf.json").read_text(encoding="utf-8"))
        for entry in document["terraform"]["required_providers"].values():
            source = entry["source"].removeprefix(f"{REGISTRY}/")
            found.add(Provider(source if "/" in source else f"hashicorp/{source}", entry["version"]))
    return sorted(found)


def mirrors(environment: Mapping[str, str] = os.environ) -> list[Path]:
    """The local provider mirrors: the folder in TERRAFORM_PROVIDER_MIRROR, or without that variable each
    of Terraform's implied mirror folders and of the usual places that has a folder with the registry's name.

    https://developer.hashicorp.com/terraform/cli/config/config-file#implied-local-mirror-directories
    """
    if mirror := environment.get(MIRROR_VARIABLE):
        return [Path(mirror)]
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
    """Whether the Terraform registry answers within `REGISTRY_TIMEOUT_SECONDS`. The answer is cached, so that
    all deployments of a run install their providers from the same source."""
    with _registry_lock:
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
    """Choose the source of each provider and write the CLI configuration to `directory`.

    The registry is used only for providers that no mirror has, and a stand-in only if the registry is
    unreachable. Raises ProvidersUnavailableError with the providers that no source has.
    """
    local_mirrors = mirrors(environment)
    mirrored: dict[Provider, Path] = {}
    missing: list[Provider] = []
    for provider in needed:
        mirror = next((each for each in local_mirrors if provider.is_in(each)), None)
        if mirror:
            mirrored[provider] = mirror
        else:
            missing.append(provider)
    direct = tuple(missing) if missing and reachable() else ()
    stand_ins = () if direct else tuple(missing)
    if unavailable := [provider for provider in stand_ins if provider.source not in _STAND_INS]:
        names = ", ".join(f"{provider.source} {provider.version}" for provider in unavailable)
        raise ProvidersUnavailableError(
            f"Terraform cannot install {names}: {REGISTRY} is unreachable, and no local mirror has it. "
            f"Set {MIRROR_VARIABLE} to the folder of a mirror, or connect to the internet"
        )
    stand_in_mirror = directory / "stand-ins"
    for provider in stand_ins:
        _install_stand_in(provider, stand_in_mirror)
    configuration = directory / "terraform.tfrc"
    sources = mirrored | dict.fromkeys(stand_ins, stand_in_mirror)
    configuration.write_text(cli_configuration(sources, direct=bool(direct)), encoding="utf-8")
    return Installation(mirrored, direct, stand_ins, configuration)


def cli_configuration(mirrored: Mapping[Provider, Path], *, direct: bool) -> str:
    """The CLI configuration: each mirror for its providers, and the registry for all others if `direct`."""
    addresses = [provider.address for provider in mirrored]
    blocks = []
    for mirror in dict.fromkeys(mirrored.values()):
        included = [provider.address for provider, source in mirrored.items() if source == mirror]
        path = json.dumps(str(mirror))
        include = json.dumps(included)
        blocks.append(f"  filesystem_mirror {{\n    path = {path}\n    include = {include}\n  }}\n")
    if direct:
        blocks.append(f"  direct {{\n    exclude = {json.dumps(addresses)}\n  }}\n")
    return f"disable_checkpoint = true\nprovider_installation {{\n{''.join(blocks)}}}\n"


def _install_stand_in(provider: Provider, mirror: Path) -> None:
    """Write a program that serves the provider to the path of the provider's binary in an unpacked mirror."""
    name = provider.source.rpartition("/")[2]
    program = (
        mirror
        / provider.address
        / provider.version
        / platform_name()
        / f"terraform-provider-{name}_v{provider.version}_x5"
    )
    program.parent.mkdir(parents=True)
    # HOME: the framework writes a certificate there, which is deleted with the mirror.
    # -P: without it, this package's modules would hide the framework's.
    command = shlex.join([sys.executable, "-P", str(_STAND_INS[provider.source])])
    program.write_text(f'#!/bin/sh\nHOME={shlex.quote(str(mirror))} exec {command} "$@"\n', encoding="utf-8")
    program.chmod(0o755)
