"""docs/application.md states what the task definition says, and its sample image is as the page asks."""

import json
import re
import shlex

from constructs_lib.edge.load_balancer import IDLE_TIMEOUT_SECONDS
from constructs_lib.service.container import START_PERIOD_SECONDS
from constructs_lib.service.service import HEALTH_CHECK_GRACE_SECONDS
from tests.unit.docs.pages import CHECKOUT, blocks
from tests.unit.docs.test_pci_table import rows
from tests.unit.synthesis import Synthesized, container

PAGE = CHECKOUT / "docs" / "application.md"
TEXT = PAGE.read_text(encoding="utf-8")
SAMPLE = CHECKOUT / "docs" / "sample"


def glance() -> dict[str, str]:
    """What the table at the top says, by its first column."""
    return {row.cells[0]: row.cells[1] for row in rows(TEXT) if row.section == "At a glance"}


def in_backticks(text: str) -> list[str]:
    return re.findall(r"`([^`]+)`", text)


def variables() -> list[str]:
    """The names in the table of environment variables."""
    return [in_backticks(row.cells[0])[0] for row in rows(TEXT) if row.section == "Environment variables"]


def section(title: str) -> str:
    return TEXT.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def of_the_stack(stack: Synthesized) -> set[str]:
    """The names of the container's variables that no setting has named."""
    definition = container(stack)
    names = [each["name"] for each in (*definition["environment"], *definition["secrets"])]
    own = {*stack.settings.service.environment, *getattr(stack.settings.service, "secrets", ())}
    return {name for name in names if name not in own}


def test_the_variables_are_those_that_the_stack_sets(every: Synthesized) -> None:
    assert set(variables()) == of_the_stack(every)


def test_no_variable_is_listed_twice() -> None:
    assert len(set(variables())) == len(variables())


def test_the_plain_values_in_the_table_are_those_of_the_container(dev: Synthesized) -> None:
    environment = {each["name"]: each["value"] for each in container(dev)["environment"]}
    stated = {
        in_backticks(row.cells[0])[0]: row.cells[1]
        for row in rows(TEXT)
        if row.section == "Environment variables"
    }
    assert stated["DB_PORT"] == environment["DB_PORT"]
    assert in_backticks(stated["DB_SSLMODE"]) == [environment["DB_SSLMODE"]]


def test_user_and_group_are_those_of_the_container(every: Synthesized) -> None:
    assert in_backticks(glance()["User and group"]) == [container(every)["user"]]


def test_the_dropped_capabilities_are_those_of_the_container(every: Synthesized) -> None:
    (dropped,) = in_backticks(glance()["Linux capabilities"])
    assert container(every)["linuxParameters"]["capabilities"] == {"drop": [dropped]}


def test_the_file_systems_are_those_of_the_container(every: Synthesized) -> None:
    (tmpfs,) = container(every)["linuxParameters"]["tmpfs"]
    path, *options = in_backticks(glance()["Writable"])
    assert glance()["Root file system"] == "read-only"
    assert container(every)["readonlyRootFilesystem"] is True
    assert (path, options) == (tmpfs["containerPath"], tmpfs["mountOptions"])
    assert f"{tmpfs['size']} MiB" in glance()["Writable"]


def test_an_init_process_passes_the_signals_on(every: Synthesized) -> None:
    assert "init process" in glance()["First process"]
    assert container(every)["linuxParameters"]["initProcessEnabled"] is True


def test_the_stop_timeout_is_that_of_the_container(every: Synthesized) -> None:
    seconds = container(every)["stopTimeout"]
    assert glance()["Stop timeout"] == f"{seconds} seconds"
    assert f"After {seconds} seconds, the stop timeout, ECS sends SIGKILL" in section("Starting and stopping")


def test_the_times_of_a_start_are_those_of_the_service() -> None:
    assert HEALTH_CHECK_GRACE_SECONDS == START_PERIOD_SECONDS
    assert f"A new task has {START_PERIOD_SECONDS} seconds" in section("Starting and stopping")


def test_a_request_is_no_longer_idle_than_the_load_balancer_waits() -> None:
    assert f"idle for {IDLE_TIMEOUT_SECONDS} seconds" in section("Starting and stopping")


def test_the_platform_is_that_of_the_task_definition(every: Synthesized) -> None:
    """A migration runs on it as well, with the same image."""
    for task in every.all("aws_ecs_task_definition").values():
        platform = task["runtime_platform"]
        assert in_backticks(glance()["Platform"]) == [
            platform["operating_system_family"],
            platform["cpu_architecture"],
        ]


def test_port_and_health_path_are_the_defaults(dev: Synthesized) -> None:
    service = dev.settings.service
    assert glance()["Port"].endswith(f"by default {service.port}")
    assert in_backticks(glance()["Health path"])[-1] == service.health_path


def test_the_health_check_is_that_of_the_load_balancer(every: Synthesized) -> None:
    check = every.one("aws_lb_target_group")["health_check"]
    text = " ".join(section("Port and health").split())
    assert f"every {check['interval']} seconds" in text
    assert f"status {check['matcher']} within {check['timeout']} seconds" in text
    assert (check["healthy_threshold"], check["unhealthy_threshold"]) == (2, 3)
    assert "After two such answers a new task gets requests; after three failures" in text


def dockerfile() -> list[tuple[str, str]]:
    """The instructions of the sample's Dockerfile with their arguments."""
    lines = (SAMPLE / "Dockerfile").read_text(encoding="utf-8").splitlines()
    return [
        (instruction, rest)
        for instruction, _, rest in (line.partition(" ") for line in lines)
        if instruction.isupper()
    ]


def test_the_sample_image_carries_the_bundle_as_the_page_says() -> None:
    (snippet,) = (block.content for block in blocks(PAGE) if block.language == "dockerfile")
    add, environment = snippet.splitlines()
    arguments = dict(dockerfile())
    assert f"ADD {arguments['ADD']}" == add
    assert arguments["ENV"].split()[0] == environment.removeprefix("ENV ")


def test_the_user_of_the_sample_image_is_that_of_the_container(dev: Synthesized) -> None:
    assert dict(dockerfile())["USER"] == container(dev)["user"]


def test_the_sample_image_listens_on_the_default_port_of_all_addresses(dev: Synthesized) -> None:
    command: list[str] = json.loads(dict(dockerfile())["CMD"])
    assert command[-4:] == ["--host", "0.0.0.0", "--port", str(dev.settings.service.port)]  # noqa: S104 - in the container


def test_the_sample_image_contains_its_files() -> None:
    copied = [
        name for instruction, rest in dockerfile() if instruction == "COPY" for name in rest.split()[:-1]
    ]
    assert sorted(copied) == ["payments.py", "requirements.txt", "start.sh"]
    assert not [name for name in copied if not (SAMPLE / name).is_file()]


def test_a_request_ends_before_the_container_is_killed(dev: Synthesized) -> None:
    words = shlex.split((SAMPLE / "start.sh").read_text(encoding="utf-8"), comments=True)
    timeout = int(words[words.index("--timeout-graceful-shutdown") + 1])
    assert timeout < container(dev)["stopTimeout"]
