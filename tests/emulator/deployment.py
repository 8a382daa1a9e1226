"""The project's stacks, synthesized as shipped and deployed on the emulator."""

import json
import sys
from collections.abc import Collection, Mapping
from pathlib import Path

from constructs_lib.settings.names import IMAGES_STACK, STATE_STACK, stack_name
from tests.emulator import backends, processes, providers
from tests.emulator.account import Account
from tests.emulator.processes import LineHandler
from tests.emulator.terraform import Terraform

CHECKOUT = Path(__file__).parents[2]


class SynthesisError(Exception):
    """`python main.py` failed; the message is its output."""


def synthesize(output: Path, environment: Mapping[str, str]) -> dict[str, Path]:
    """Run main.py in a child process and return stack name → folder of the synthesized stack.

    Raises SynthesisError if main.py fails.
    """
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


def keep_first_firewall_rule(stack: Path) -> None:
    """Remove all rules but the first from the web ACLs of a synthesized stack.

    Each rule costs Terraform and its provider two seconds of CPU time in every plan, half of the plan's time
    with all seven.
    """
    file = stack / "cdk.tf.json"
    document = json.loads(file.read_text(encoding="utf-8"))
    for web_acl in document["resource"]["aws_wafv2_web_acl"].values():
        del web_acl["rule"][1:]
    # Several lines, as CDKTF writes it: Terraform quotes the line of a warning.
    file.write_text(json.dumps(document, indent=2), encoding="utf-8")


class Deployment:
    """One environment of the payment API in an account: the state stack, the stack of the images and the
    environment's own stack.

    All files are written to `directory`, which must exist. Its path should be short, because providers open
    Unix sockets in it, whose paths have at most 104 characters on macOS.
    """

    def __init__(
        self,
        account: Account,
        directory: Path,
        *,
        settings: Mapping[str, str],
        on_line: LineHandler | None = None,
        all_firewall_rules: bool = True,
    ) -> None:
        """`settings` are the variables that main.py reads: ENVIRONMENT_SUFFIX and PAYMENT_API_…

        Without `all_firewall_rules`, for what does not concern the firewall, its web ACL has only its first
        rule: see `keep_first_firewall_rule`. The rest of the stack is deployed as shipped.
        """
        self.account = account
        self._directory = directory
        self._settings = dict(settings)
        self._on_line = on_line
        self._all_firewall_rules = all_firewall_rules
        temporary = directory / "t"
        temporary.mkdir()
        environment = account.environment() | {"TMPDIR": str(temporary)}
        self.name = stack_name(settings["ENVIRONMENT_SUFFIX"])
        self.stacks = self._synthesize(directory, environment | dict(settings), self.name)
        self.providers = providers.install(providers.required_by(self.stacks.values()), directory)
        self.environment = environment | self.providers.variables()
        self.state, self.images, self.system = (
            Terraform(self.stacks[name], directory / name, environment=self.environment, on_line=on_line)
            for name in (STATE_STACK, IMAGES_STACK, self.name)
        )

    @property
    def settings(self) -> Mapping[str, str]:
        """The variables that main.py reads."""
        return self._settings

    def prepare(self) -> None:
        """Create the prerequisites of the system and initialize it: the state stack with its bucket and KMS
        key, and the public hosted zone, which exists on AWS once the domain is registered."""
        self.create_state()
        document = json.loads((self.stacks[self.name] / "cdk.tf.json").read_text(encoding="utf-8"))
        for zone in document["data"].get("aws_route53_zone", {}).values():
            name = zone.get("name") or self._settings["PAYMENT_API_DOMAIN__HOSTED_ZONE"]
            backends.create_hosted_zone(self.account, name, zone.get("zone_id"))
        self.system.init()

    def create_state(self) -> None:
        """Apply the state stack, on which the states of the other stacks depend."""
        self.state.init(path=str(self.state.directory / "terraform.tfstate"))
        self.state.apply()

    def with_settings(
        self,
        directory: str,
        settings: Mapping[str, str],
        *,
        without: Collection[str] = (),
        stack: str | None = None,
    ) -> Terraform:
        """The system on the same state, synthesized with further settings and initialized.

        `directory` is the name of a new folder. `without` names variables of the deployment that are not set.
        `stack` names another stack, such as one that the settings create, if they change the environment's
        suffix. `system` sees what is applied through the result at its next plan.
        """
        folder = self._directory / directory
        folder.mkdir()
        kept = {name: value for name, value in self._settings.items() if name not in without}
        name = stack or self.name
        stacks = self._synthesize(folder, self.environment | kept | dict(settings), name)
        terraform = Terraform(
            stacks[name], folder / name, environment=self.environment, on_line=self._on_line
        )
        terraform.init()
        return terraform

    def _synthesize(self, folder: Path, environment: Mapping[str, str], system: str) -> dict[str, Path]:
        stacks = synthesize(folder / "cdktf.out", environment)
        if not self._all_firewall_rules and system != IMAGES_STACK:
            keep_first_firewall_rule(stacks[system])
        return stacks
