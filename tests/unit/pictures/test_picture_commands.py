"""`pipenv run picture` and `pipenv run dashboard`: their arguments, and what they say if they cannot draw."""

import json
import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from constructs_lib.commands import dashboard, picture
from constructs_lib.commands.failures import explanation
from constructs_lib.commands.synthesis import SynthesisError, example_environment, synthesized
from constructs_lib.pictures.architecture import architecture
from constructs_lib.pictures.dashboard import source as source_of_dashboard
from constructs_lib.pictures.drawing import source
from constructs_lib.pictures.png import digest, digest_of
from constructs_lib.pictures.resources import of_plan, of_stack
from constructs_lib.pictures.widgets import board
from constructs_lib.settings.loader import load_settings
from tests.unit.pictures.graphviz import require_graphviz
from tests.unit.pictures.plans import plan
from tests.unit.synthesis import Synthesized, synthesize, synthesize_images, synthesize_state
from tests.variables import inherited, variables_of

Command = Callable[[list[str], Mapping[str, str]], int]


@pytest.mark.parametrize(
    ("command", "arguments", "said"),
    [
        (picture.main, ["--plan", "plan.json"], "--plan and --dark need --output FILE.png"),
        (picture.main, ["--dark"], "--plan and --dark need --output FILE.png"),
        (picture.main, ["--output", "picture.svg"], 'argument --output: "picture.svg" must end with .png'),
        (picture.main, ["--out", "picture.png"], "unrecognized arguments: --out picture.png"),
        (dashboard.main, ["--output", "picture"], 'argument --output: "picture" must end with .png'),
        (dashboard.main, ["dev"], "unrecognized arguments: dev"),
    ],
)
def test_an_invalid_argument_is_refused_in_one_line(
    command: Command, arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as refused:
        command(arguments, {})

    output = capsys.readouterr()
    assert (refused.value.code, output.out) == (1, "")
    (line,) = output.err.splitlines()
    assert said in line


@pytest.mark.parametrize("arguments", [[], ["--dark"]])
def test_a_plan_is_drawn_to_the_file(
    arguments: list[str], dev: Synthesized, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    require_graphviz()
    document = plan(None, dev)
    file, output = tmp_path / "plan.json", tmp_path / "plan.png"
    file.write_text(json.dumps(document), encoding="utf-8")

    assert picture.main(["--plan", str(file), "--output", str(output), *arguments], {}) == 0
    resources = of_plan(document)
    expected = source(architecture(resources), theme="dark" if arguments else "light", resources=resources)
    assert digest_of(output) == digest(expected)
    assert capsys.readouterr().out == f"{os.path.relpath(output)}\n"


def test_the_deployment_of_the_environment_is_drawn(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    require_graphviz()
    environment = {**inherited(), **variables_of("staging"), "PAYMENT_API_SERVICE__PORT": "9999"}
    architecture_file, dashboard_file = tmp_path / "architecture.png", tmp_path / "dashboard.png"

    assert picture.main(["--output", str(architecture_file)], environment) == 0
    assert dashboard.main(["--output", str(dashboard_file)], environment) == 0
    assert capsys.readouterr().err == ""
    system = synthesize("staging", PAYMENT_API_SERVICE__PORT="9999")
    stacks = (system, synthesize_state("staging"), synthesize_images("staging"))
    resources = [each for stack in stacks for each in of_stack(stack.document)]
    assert digest_of(architecture_file) == digest(source(architecture(resources), theme="light"))
    assert digest_of(dashboard_file) == digest(source_of_dashboard(board(system.document)))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is not JSON"),
        (b"PK\x03\x04\xff", "is not JSON"),
        (b"[]", "is not a plan"),
        (json.dumps({"values": {}}).encode(), "not a plan"),
    ],
    ids=["empty", "of-terraform-plan", "list", "state"],
)
def test_a_file_that_is_not_a_plan_is_refused_in_one_line(
    content: bytes, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file, output = tmp_path / "plan", tmp_path / "picture.png"
    file.write_bytes(content)

    assert picture.main(["--plan", str(file), "--output", str(output)], {}) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert said in line
    assert line.endswith("must be the output of `terraform show -json PLANFILE`")
    assert not output.exists()


def test_a_plan_that_does_not_exist_is_reported_in_one_line(tmp_path: Path) -> None:
    missing = tmp_path / "missing.json"
    with pytest.raises(OSError, match="missing") as error:
        picture.main(["--plan", str(missing), "--output", "picture.png"], {})

    assert explanation(error.value) == f"{missing}: No such file or directory"


@pytest.mark.parametrize(
    ("command", "package", "module"),
    [(picture.main, "diagrams", "drawing"), (dashboard.main, "matplotlib", "dashboard")],
)
def test_a_package_that_is_not_installed_is_reported_in_one_line(
    command: Command, package: str, module: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [name for name in sys.modules if name.startswith(f"{package}.")]:
        monkeypatch.setitem(sys.modules, name, None)
    monkeypatch.setitem(sys.modules, package, None)
    monkeypatch.delitem(sys.modules, f"constructs_lib.pictures.{module}", raising=False)
    with pytest.raises(ModuleNotFoundError) as error:
        command([], {})

    line = explanation(error.value)
    assert line is not None
    assert line.startswith(package)
    assert "pipenv sync --dev" in line


def test_the_example_does_not_depend_on_the_settings_of_the_user() -> None:
    user = {
        "ENVIRONMENT_SUFFIX": "dev",
        "AWS_REGION": "eu-west-1",
        "PAYMENT_API_SERVICE__PORT": "1",
        "CDKTF_CONTEXT_JSON": '{"environment_suffix": "staging"}',
        "HOME": "/home",
    }
    environment = example_environment(user)

    assert environment == {"HOME": "/home", **example_environment({})}
    settings = load_settings(environment, json.loads(environment["CDKTF_CONTEXT_JSON"]))
    assert (settings.name_prefix, settings.region, settings.service.port) == (
        "payment-api-prod",
        "us-east-1",
        8080,
    )


def test_invalid_settings_are_refused_as_by_the_synthesis() -> None:
    with pytest.raises(SynthesisError, match="PAYMENT_API_SERVICE__PORT"):
        synthesized({**inherited(), "PAYMENT_API_SERVICE__PORT": "0"})
