"""The default image's command, taken from the task definition and run with Debian's nginx.

It needs root and nginx-light, and starts nginx in a network of its own only. Without them the tests are
skipped, or fail where REQUIRE_NGINX=1.
"""

import os
import signal
from collections.abc import Iterator

import pytest

from constructs_lib.settings.model import DEFAULT_IMAGE
from tests.unit.service.confinement import Confined, obstacle
from tests.unit.synthesis import Block, container, synthesize

DEFINITIONS = {"http": "dev", "https": "staging"}


def definition(scheme: str) -> Block:
    """The container of a profile that speaks HTTP or HTTPS, with the default image."""
    found = container(synthesize(DEFINITIONS[scheme], PAYMENT_API_SERVICE__IMAGE=DEFAULT_IMAGE))
    assert found["image"] == DEFAULT_IMAGE
    return found


@pytest.fixture(scope="module", autouse=True)
def _nginx() -> None:
    reason = obstacle()
    if reason is None:
        return
    if os.environ.get("REQUIRE_NGINX") == "1":
        pytest.fail(f"REQUIRE_NGINX=1, but {reason}", pytrace=False)
    pytest.skip(reason)


@pytest.fixture(scope="module", params=DEFINITIONS)
def scheme(request: pytest.FixtureRequest) -> str:
    """How the load balancer speaks to the task."""
    return str(request.param)


@pytest.fixture(scope="module")
def running(scheme: str) -> Iterator[Confined]:
    """The container, healthy."""
    with Confined(definition(scheme)) as confined:
        yield confined


def status(confined: Confined, url: str) -> str:
    """The status code of an answer to a GET."""
    format_ = ("--silent", "--insecure", "--output", "/dev/null", "--write-out", "%{http_code}")
    return confined.run("curl", *format_, url).stdout


def at(confined: Confined, scheme: str, path: str) -> str:
    """A URL on the container port."""
    (mapping,) = confined.definition["portMappings"]
    return f"{scheme}://127.0.0.1:{mapping['containerPort']}{path}"


def test_the_health_path_answers_200_on_the_container_port(running: Confined, scheme: str) -> None:
    """Parity 13."""
    assert status(running, at(running, scheme, "/health")) == "200"


@pytest.mark.parametrize("path", ["/", "/health/", "/healthy", "/payments"])
def test_every_other_path_answers_404(running: Confined, scheme: str, path: str) -> None:
    assert status(running, at(running, scheme, path)) == "404"


def test_tls_is_spoken_instead_of_plain_http_where_it_is_on(running: Confined, scheme: str) -> None:
    other = {"http": "https", "https": "http"}[scheme]

    assert status(running, at(running, other, "/health")) != "200"


def test_the_health_check_of_the_definition_passes(running: Confined) -> None:
    assert running.check_health() == 0


def test_it_runs_without_root_and_without_capabilities(running: Confined) -> None:
    said = running.run("cat", f"/proc/{running.process.pid}/status").stdout
    fields = dict(line.split(":\t", 1) for line in said.splitlines())

    assert fields["Name"] == "nginx"
    assert set(fields["Uid"].split()) == {"10001"}
    assert {int(fields[name], 16) for name in ("CapPrm", "CapEff", "CapBnd", "CapAmb")} == {0}


@pytest.mark.parametrize("folder", ["/", "/dev/shm", "/etc/nginx", "/run", "/var/log/nginx", "/var/tmp"])  # noqa: S108 - to be refused
def test_it_cannot_write_outside_tmp(running: Confined, folder: str) -> None:
    refused = running.run("touch", f"{folder}/written")

    assert "Read-only file system" in refused.stderr


def test_it_reaches_nothing_but_itself(running: Confined) -> None:
    links = running.run("ip", "-brief", "link").stdout.splitlines()

    assert [link.split()[0] for link in links if " UP " in link or "LOWER_UP" in link] == ["lo"]


# SIGQUIT is the image's STOPSIGNAL, SIGTERM what ECS sends where an image names none.
@pytest.mark.parametrize("number", [signal.SIGQUIT, signal.SIGTERM])
def test_the_stop_signal_ends_it(number: signal.Signals) -> None:
    with Confined(definition("http")) as confined:
        assert confined.stop(number) == 0
        assert not confined.has_processes()


def test_a_health_path_of_ones_own_is_answered() -> None:
    system = synthesize("dev", PAYMENT_API_SERVICE__HEALTH_PATH="/ready", PAYMENT_API_SERVICE__PORT="9000")

    with Confined(container(system)) as confined:
        assert status(confined, "http://127.0.0.1:9000/ready") == "200"
        assert status(confined, "http://127.0.0.1:9000/health") == "404"
