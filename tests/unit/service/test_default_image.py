"""Runs the command of the default image, as the task definition contains it, with Debian's nginx.

The tests need root and the package nginx-light. Without them they are skipped, or fail with REQUIRE_NGINX=1.
Nginx runs in a network namespace that has only loopback.
"""

import os
import signal
from collections.abc import Iterator

import pytest

from constructs_lib.settings.model import DEFAULT_IMAGE
from tests.unit.service.confinement import ConfinedContainer, reason_not_to_run
from tests.unit.synthesis import Block, container, synthesize

PROFILES_BY_SCHEME = {"http": "dev", "https": "staging"}


def definition(scheme: str) -> Block:
    """The container definition of a profile in which tasks use HTTP or HTTPS, with the default image."""
    found = container(synthesize(PROFILES_BY_SCHEME[scheme], PAYMENT_API_SERVICE__IMAGE=DEFAULT_IMAGE))
    assert found["image"] == DEFAULT_IMAGE
    return found


@pytest.fixture(scope="module", autouse=True)
def _require_nginx() -> None:
    reason = reason_not_to_run()
    if reason is None:
        return
    if os.environ.get("REQUIRE_NGINX") == "1":
        pytest.fail(f"REQUIRE_NGINX=1, but {reason}", pytrace=False)
    pytest.skip(reason)


@pytest.fixture(scope="module", params=PROFILES_BY_SCHEME)
def scheme(request: pytest.FixtureRequest) -> str:
    """The protocol between load balancer and task."""
    return str(request.param)


@pytest.fixture(scope="module")
def running(scheme: str) -> Iterator[ConfinedContainer]:
    """A healthy container."""
    with ConfinedContainer(definition(scheme)) as running_container:
        yield running_container


def status(running: ConfinedContainer, url: str) -> str:
    """The status code of the response to a GET request, or 000 without a response."""
    options = ("--silent", "--insecure", "--output", "/dev/null", "--write-out", "%{http_code}")
    return running.run("curl", *options, url).stdout


def url_of(running: ConfinedContainer, scheme: str, path: str) -> str:
    """A URL on the container port."""
    (mapping,) = running.definition["portMappings"]
    return f"{scheme}://127.0.0.1:{mapping['containerPort']}{path}"


def test_the_health_path_returns_200_on_the_container_port(running: ConfinedContainer, scheme: str) -> None:
    assert status(running, url_of(running, scheme, "/health")) == "200"


@pytest.mark.parametrize("path", ["/", "/health/", "/healthy", "/payments"])
def test_every_other_path_returns_404(running: ConfinedContainer, scheme: str, path: str) -> None:
    assert status(running, url_of(running, scheme, path)) == "404"


def test_the_container_port_accepts_only_the_protocol_of_the_setting(
    running: ConfinedContainer, scheme: str
) -> None:
    other_scheme = {"http": "https", "https": "http"}[scheme]

    assert status(running, url_of(running, other_scheme, "/health")) != "200"


def test_the_container_health_check_passes(running: ConfinedContainer) -> None:
    assert running.check_health() == 0


def test_nginx_runs_without_root_and_without_capabilities(running: ConfinedContainer) -> None:
    output = running.run("cat", f"/proc/{running.process.pid}/status").stdout
    fields = dict(line.split(":\t", 1) for line in output.splitlines())

    assert fields["Name"] == "nginx"
    assert set(fields["Uid"].split()) == {"10001"}
    assert {int(fields[name], 16) for name in ("CapPrm", "CapEff", "CapBnd", "CapAmb")} == {0}


@pytest.mark.parametrize("folder", ["/", "/dev/shm", "/etc/nginx", "/run", "/var/log/nginx", "/var/tmp"])  # noqa: S108 - read-only in the container
def test_the_container_cannot_write_outside_tmp(running: ConfinedContainer, folder: str) -> None:
    result = running.run("touch", f"{folder}/written")

    assert "Read-only file system" in result.stderr


def test_the_only_network_interface_is_loopback(running: ConfinedContainer) -> None:
    links = running.run("ip", "-brief", "link").stdout.splitlines()

    assert [link.split()[0] for link in links if " UP " in link or "LOWER_UP" in link] == ["lo"]


# SIGQUIT is the STOPSIGNAL of the image; ECS sends SIGTERM to an image without a STOPSIGNAL.
@pytest.mark.parametrize("number", [signal.SIGQUIT, signal.SIGTERM])
def test_the_stop_signal_ends_nginx_and_all_its_processes(number: signal.Signals) -> None:
    with ConfinedContainer(definition("http")) as running:
        assert running.stop(number) == 0
        assert not running.has_processes()


def test_nginx_answers_the_health_path_and_port_of_the_settings() -> None:
    stack = synthesize("dev", PAYMENT_API_SERVICE__HEALTH_PATH="/ready", PAYMENT_API_SERVICE__PORT="9000")

    with ConfinedContainer(container(stack)) as running:
        assert status(running, "http://127.0.0.1:9000/ready") == "200"
        assert status(running, "http://127.0.0.1:9000/health") == "404"
