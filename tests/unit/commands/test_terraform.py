"""How the commands run Terraform: its environment, its JSON, its messages, and named workspaces."""

import os
from pathlib import Path

import pytest

from constructs_lib.commands import terraform
from constructs_lib.commands.failures import MachineError
from constructs_lib.commands.terraform import TerraformError, check_workspace, environment_of_terraform

KEYS = frozenset(("version", "resources"))
STATE = '{\n  "version": 4,\n  "resources": [\n    {"name": "größe"}\n  ]\n}\n'


class Fake:
    """A program named terraform that prints given texts."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self._program = directory / "terraform"
        self._program.write_text('#!/bin/sh\ncat out\ncat error >&2\nexit "$(cat code)"\n', encoding="utf-8")
        self._program.chmod(0o755)
        self.environment = {"PATH": os.pathsep.join([str(directory), os.environ["PATH"]])}
        self.prints()

    def prints(self, out: str | bytes = "", *, error: str = "", code: int = 0) -> None:
        """Set the output and the exit code."""
        text = out if isinstance(out, bytes) else out.encode()
        (self.directory / "out").write_bytes(text)
        (self.directory / "error").write_text(error, encoding="utf-8")
        (self.directory / "code").write_text(str(code), encoding="utf-8")

    def run(self) -> str:
        """Run a plan."""
        return terraform.run("plan", "-out=x", directory=self.directory, environment=self.environment)

    def document(self) -> object:
        """Read the state."""
        return terraform.document(
            "state", "pull", directory=self.directory, environment=self.environment, keys=KEYS
        )

    def failure(self) -> str:
        """The message of a plan that fails."""
        with pytest.raises(TerraformError) as refused:
            self.run()
        return str(refused.value)


@pytest.fixture
def fake(tmp_path: Path) -> Fake:
    """A fake Terraform."""
    return Fake(tmp_path)


class TestEnvironment:
    @pytest.mark.parametrize(
        "name",
        [
            "TF_CLI_ARGS",
            "TF_CLI_ARGS_plan",
            "TF_VAR_suffix",
            "TF_LOG",
            "TF_LOG_PROVIDER",
            "TF_REATTACH_PROVIDERS",
            "TF_WORKSPACE",
            "TF_FUTURE_OPTION",
        ],
    )
    def test_a_variable_that_changes_what_terraform_does_is_dropped(self, name: str) -> None:
        assert name not in environment_of_terraform({name: "x"})

    @pytest.mark.parametrize(
        "name",
        [
            "TF_CLI_CONFIG_FILE",
            "TF_DATA_DIR",
            "TF_PLUGIN_CACHE_DIR",
            "TF_PLUGIN_CACHE_MAY_BREAK_DEPENDENCY_LOCK_FILE",
            "TF_REGISTRY_CLIENT_TIMEOUT",
            "TF_TOKEN_app_terraform_io",
            "AWS_PROFILE",
            "HTTPS_PROXY",
            "TFENV_TERRAFORM_VERSION",
        ],
    )
    def test_providers_credentials_and_the_rest_of_the_environment_are_kept(self, name: str) -> None:
        assert environment_of_terraform({name: "x"})[name] == "x"

    def test_a_log_is_kept_if_it_is_written_to_a_file(self) -> None:
        log = {"TF_LOG": "trace", "TF_LOG_PATH": "terraform.log"}
        assert log.items() <= environment_of_terraform(log).items()

    def test_terraform_asks_no_questions(self) -> None:
        assert environment_of_terraform({"TF_INPUT": "1"}) == {"TF_INPUT": "0", "TF_IN_AUTOMATION": "1"}


class TestWorkspace:
    @pytest.mark.parametrize("variables", [{}, {"TF_WORKSPACE": ""}, {"TF_WORKSPACE": "default"}])
    def test_the_default_workspace_is_accepted(self, variables: dict[str, str], tmp_path: Path) -> None:
        (tmp_path / ".terraform").mkdir()
        (tmp_path / ".terraform" / "environment").write_text("default", encoding="utf-8")
        check_workspace(variables, tmp_path)

    def test_a_workspace_in_the_environment_is_refused(self) -> None:
        with pytest.raises(MachineError) as refused:
            check_workspace({"TF_WORKSPACE": "ci"})
        assert str(refused.value) == (
            'TF_WORKSPACE is "ci": must be "default" or not set, because the stack reads its own state in '
            "that workspace; set ENVIRONMENT_SUFFIX to deploy another environment"
        )

    @pytest.mark.parametrize("variables", [{}, {"TF_DATA_DIR": "data"}])
    def test_a_workspace_that_was_selected_in_the_folder_is_refused(
        self, variables: dict[str, str], tmp_path: Path
    ) -> None:
        data = tmp_path / variables.get("TF_DATA_DIR", ".terraform")
        data.mkdir()
        (data / "environment").write_text("ci", encoding="utf-8")
        with pytest.raises(MachineError, match=r'"ci": must be "default", .* workspace select default'):
            check_workspace(variables, tmp_path)


class TestDocument:
    @pytest.mark.parametrize("before", ["", "Using Terraform 1.11.4\n", '{"level": "info"}\n', "{{ x }}\n"])
    @pytest.mark.parametrize("after", ["", "A new version is available.\n"])
    def test_the_json_is_found_between_the_lines_of_a_wrapper(
        self, fake: Fake, before: str, after: str
    ) -> None:
        fake.prints(before + STATE + after)
        assert fake.document() == {"version": 4, "resources": [{"name": "größe"}]}

    def test_no_output_is_no_document(self, fake: Fake) -> None:
        assert fake.document() is None

    @pytest.mark.parametrize(
        "out", ["Usage: tfenv [--version]\n", STATE[:-3], '{"version": 4}', '["version", "resources"]']
    )
    def test_other_output_is_refused_with_its_beginning_on_one_line(self, fake: Fake, out: str) -> None:
        fake.prints(out)
        with pytest.raises(TerraformError) as refused:
            fake.document()
        (line,) = str(refused.value).splitlines()
        assert line.startswith("terraform state pull printed no complete JSON document, but ")
        assert out[1:9] in line.replace("\\n", "\n").replace('\\"', '"')

    def test_bytes_that_are_not_utf_8_are_replaced(self, fake: Fake) -> None:
        fake.prints(STATE.encode("latin-1"))
        assert fake.document() == {"version": 4, "resources": [{"name": "gr\ufffd\ufffde"}]}


class TestFailure:
    def test_the_first_line_names_the_command_and_the_first_error(self, fake: Fake) -> None:
        message = "\nError: Invalid index\n\n  on main.tf line 1\n\nError: Another\n"
        fake.prints("Initializing...\n", error=f"Warning: old\n{message}", code=1)
        first, *rest = fake.failure().splitlines()
        assert first == "terraform plan failed: Invalid index"
        assert "\n".join(rest).strip() == f"Warning: old\n{message}".strip()

    def test_a_message_of_one_line_is_not_repeated(self, fake: Fake) -> None:
        fake.prints(error="\x1b[31mError: no network\x1b[0m\n", code=1)
        assert fake.failure() == "terraform plan failed: no network"

    def test_a_message_on_standard_output_is_shown(self, fake: Fake) -> None:
        fake.prints("cannot select a version\n", code=3)
        assert fake.failure() == "terraform plan failed: cannot select a version"

    def test_without_a_message_the_exit_code_is_shown(self, fake: Fake) -> None:
        fake.prints(code=3)
        assert fake.failure() == "terraform plan failed: exit code 3"

    def test_a_terraform_that_cannot_be_started_is_named(self, fake: Fake) -> None:
        (fake.directory / "terraform").write_bytes(b"no program")
        fake.environment["PATH"] = str(fake.directory)
        assert fake.failure() == "terraform cannot be started: Exec format error"
