"""The sources from which Terraform installs its providers."""

import json
from pathlib import Path

import pytest

from tests.emulator import providers
from tests.emulator.providers import MIRROR_VARIABLE, Installation, Provider, ProvidersUnavailableError

AWS = Provider("hashicorp/aws", "5.100.0")
RANDOM = Provider("hashicorp/random", "3.7.2")


def mirror_with(folder: Path, *unpacked: Provider) -> Path:
    """A mirror that has these providers unpacked."""
    (folder / providers.REGISTRY).mkdir(parents=True)
    for provider in unpacked:
        (folder / provider.address / provider.version / providers.platform_name()).mkdir(parents=True)
    return folder


def install(tmp_path: Path, *mirrored: Provider, reachable: bool) -> Installation:
    """Install both providers with one local mirror that has the given ones."""
    mirror = mirror_with(tmp_path / "mirror", *mirrored)
    directory = tmp_path / "configuration"
    directory.mkdir()
    return providers.install(
        [AWS, RANDOM], directory, environment={MIRROR_VARIABLE: str(mirror)}, reachable=lambda: reachable
    )


def test_providers_are_installed_from_the_mirror(tmp_path: Path) -> None:
    configuration = install(tmp_path, AWS, RANDOM, reachable=False).configuration.read_text()

    assert f'include = ["{AWS.address}", "{RANDOM.address}"]' in configuration


def test_the_registry_is_not_used_if_the_mirror_has_all_providers(tmp_path: Path) -> None:
    installation = install(tmp_path, AWS, RANDOM, reachable=True)

    assert "direct" not in installation.configuration.read_text()
    assert set(installation.variables()) == {"TF_CLI_CONFIG_FILE"}


def test_a_provider_that_the_mirror_lacks_is_installed_from_the_registry(tmp_path: Path) -> None:
    installation = install(tmp_path, AWS, reachable=True)

    assert installation.direct == (RANDOM,)
    assert f'direct {{\n    exclude = ["{AWS.address}"]' in installation.configuration.read_text()


def test_without_a_mirror_all_providers_are_installed_from_the_registry(tmp_path: Path) -> None:
    installation = install(tmp_path, reachable=True)

    assert installation.direct == (AWS, RANDOM)
    assert "filesystem_mirror" not in installation.configuration.read_text()


def test_the_registry_is_preferred_to_the_stand_in(tmp_path: Path) -> None:
    assert install(tmp_path, AWS, reachable=True).stand_ins == ()


def test_random_has_a_stand_in_if_the_registry_is_unreachable(tmp_path: Path) -> None:
    installation = install(tmp_path, AWS, reachable=False)

    program = (
        tmp_path / "configuration/stand-ins" / RANDOM.address / RANDOM.version / providers.platform_name()
    )
    assert installation.stand_ins == (RANDOM,)
    assert (program / "terraform-provider-random_v3.7.2_x5").stat().st_mode & 0o111


def test_the_description_names_the_stand_in(tmp_path: Path) -> None:
    assert any("STAND-IN" in line for line in install(tmp_path, AWS, reachable=False).describe())


def test_an_unavailable_aws_provider_raises_an_error(tmp_path: Path) -> None:
    with pytest.raises(
        ProvidersUnavailableError, match=r"install hashicorp/aws 5\.100\.0: .*TERRAFORM_PROVIDER_MIRROR"
    ):
        install(tmp_path, RANDOM, reachable=False)


def test_another_version_in_the_mirror_is_not_used(tmp_path: Path) -> None:
    assert install(tmp_path, Provider(AWS.source, "5.99.1"), RANDOM, reachable=True).direct == (AWS,)


def test_a_packed_provider_in_the_mirror_is_found(tmp_path: Path) -> None:
    archive = tmp_path / AWS.address / f"terraform-provider-aws_5.100.0_{providers.platform_name()}.zip"
    archive.parent.mkdir(parents=True)
    archive.touch()

    assert AWS.is_in(tmp_path)


def test_terraforms_implied_mirror_is_found(tmp_path: Path) -> None:
    mirror = mirror_with(tmp_path / "terraform/plugins", AWS)

    assert mirror in providers.mirrors({"XDG_DATA_HOME": str(tmp_path)})


def test_the_variable_overrides_the_implied_mirrors(tmp_path: Path) -> None:
    mirror_with(tmp_path / "terraform/plugins", AWS)
    mirror = tmp_path / "mirror"

    assert providers.mirrors({"XDG_DATA_HOME": str(tmp_path), MIRROR_VARIABLE: str(mirror)}) == [mirror]


def test_a_source_without_a_namespace_belongs_to_hashicorp(tmp_path: Path) -> None:
    entries = {"aws": {"source": "aws", "version": AWS.version}}
    document = {"terraform": {"required_providers": entries}}
    (tmp_path / "cdk.tf.json").write_text(json.dumps(document))

    assert providers.required_by([tmp_path]) == [AWS]
