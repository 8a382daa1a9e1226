"""The project's own stacks, synthesized as shipped and put up on the emulator."""

import json
import sys
from collections.abc import Mapping
from pathlib import Path

from constructs_lib.settings.names import STATE_STACK, stack_name
from tests.emulator import processes, providers
from tests.emulator.account import Account
from tests.emulator.processes import OnLine
from tests.emulator.terraform import Terraform

CHECKOUT = Path(__file__).parents[2]


class SynthesisError(Exception):
    """`python main.py` failed; the message is what it said."""


def synthesize(output: Path, environment: Mapping[str, str]) -> dict[str, Path]:
    """Run main.py in a process of its own and return the folder of each stack by the stack's name."""
    finished = processes.run(
        (sys.executable, "main.py"),
        directory=CHECKOUT,
        environment={**environment, "CDKTF_OUTDIR": str(output)},
    )
    if finished.exit_code != 0:
        raise SynthesisError(finished.stderr.strip() or finished.stdout.strip())
    manifest = json.loads((output / "manifest.json").read_text(encoding="utf-8"))
    return {
        name: output / Path(stack["synthesizedStackPath"]).parent
        for name, stack in manifest["stacks"].items()
    }


class Deployment:
    """One environment of the payment API in an account: the state stack and the system's stack.

    Everything is written below `directory`, which must be there, and whose path should be short:
    providers open Unix sockets in it, and those have at most 104 characters on macOS.
    """

    def __init__(
        self,
        account: Account,
        directory: Path,
        *,
        settings: Mapping[str, str],
        on_line: OnLine | None = None,
    ) -> None:
        """`settings` are the variables that main.py reads: ENVIRONMENT_SUFFIX and PAYMENT_API_…"""
        self.account = account
        self._directory = directory
        self._settings = dict(settings)
        self._on_line = on_line
        temporary = directory / "t"
        temporary.mkdir()
        environment = account.environment() | {"TMPDIR": str(temporary)}
        self.stacks = synthesize(directory / "cdktf.out", environment | dict(settings))
        self.name = stack_name(settings["ENVIRONMENT_SUFFIX"])
        self.providers = providers.install(providers.required_by(self.stacks.values()), directory)
        self.environment = environment | self.providers.variables()
        self.state, self.system = (
            Terraform(self.stacks[name], directory / name, environment=self.environment, on_line=on_line)
            for name in (STATE_STACK, self.name)
        )

    def prepare(self) -> None:
        """What stands before the system is deployed: the state bucket and its key, from the state stack,
        and the hosted zones that the system looks up, which a person has from registering the domain."""
        self.state.init(path=str(self.state.directory / "terraform.tfstate"))
        self.state.apply()
        document = json.loads((self.stacks[self.name] / "cdk.tf.json").read_text(encoding="utf-8"))
        route53 = self.account.client("route53")
        for zone in document["data"].get("aws_route53_zone", {}).values():
            route53.create_hosted_zone(Name=zone["name"], CallerReference=zone["name"])
        self.system.init()

    def changed(self, name: str, settings: Mapping[str, str]) -> Terraform:
        """The same system under other settings, on the same state; `name` is a folder's, used once.

        What is applied through it is what `system` sees at its next plan.
        """
        return self.beside(name, self.name, settings)

    def beside(self, name: str, stack: str, settings: Mapping[str, str]) -> Terraform:
        """The stack that other settings make, initialised; `name` is a folder's, used once."""
        directory = self._directory / name
        directory.mkdir()
        stacks = synthesize(directory / "cdktf.out", self.environment | self._settings | dict(settings))
        made = Terraform(
            stacks[stack], directory / stack, environment=self.environment, on_line=self._on_line
        )
        made.init()
        return made
