"""Record what Terraform calls on the emulator, and derive the policies of the pipeline's roles from it."""

import argparse
import sys
import tempfile
from pathlib import Path

from constructs_lib.commands.folders import folder_for_programs
from tests.access import derivation, page, recording
from tests.access.enforcement import Enforcement
from tests.emulator.account import Account
from tests.emulator.deployment import Deployment
from tests.emulator.server import Emulator
from tests.variables import variables_of

_BUCKET = "example-net-terraform-state"
_ACCOUNT = "123456789012"


def record() -> None:
    """Apply, plan, change and destroy dev, and add what was called to the recording."""
    settings = {
        **variables_of("dev"),
        "PAYMENT_API_STATE__BUCKET": _BUCKET,
        "PAYMENT_API_ACCESS__PERMISSIONS_BOUNDARY": "true",
    }
    known = recording.read()
    with (
        tempfile.TemporaryDirectory(
            prefix="pa-", dir=folder_for_programs(), ignore_cleanup_errors=True
        ) as directory,
        Emulator(authorize=Enforcement) as emulator,
    ):
        enforcement = emulator.enforcement
        assert enforcement is not None
        account: Account = emulator.account
        enforcement.state_buckets[_ACCOUNT] = _BUCKET
        enforcement.records = frozenset(each.call for each in known)
        deployment = Deployment(account, Path(directory), settings=settings, on_line=print)
        deployment.prepare()
        deployment.system.apply()
        assert deployment.system.plan().empty
        deployment.with_settings("rotated", {"PAYMENT_API_DATABASE__PASSWORD_VERSION": "2"}).apply()
        deployment.system.destroy()
        for line in enforcement.denied:
            print(f"denied: {line}", file=sys.stderr)
        recording.write([*known, *enforcement.recorded])
    derivation.FILE.write_text(derivation.text(recording.read()), encoding="utf-8")
    page.FILE.write_text(page.text(), encoding="utf-8")


def main() -> int:
    """Return 0, or with --check 1 if the derived policies are not those of the recording."""
    parser = argparse.ArgumentParser(prog="pipenv run access", description=__doc__)
    parser.add_argument("--check", action="store_true", help="only compare the policies with the recording")
    arguments = parser.parse_args()
    if not arguments.check:
        record()
        return 0
    current = derivation.FILE.read_text(encoding="utf-8")
    if current == derivation.text(recording.read()):
        return 0
    print("The policies are not those of the recording: run `pipenv run access`.", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
