"""Loads the settings from the environment and cdktf.json, and synthesizes the stacks."""

import gc
import os
import sys
from pathlib import Path

from constructs_lib.commands.failures import explain_failures

explain_failures()  # before the first import that can fail or be interrupted

from constructs_lib.bindings import load_fast
from constructs_lib.commands.folders import (
    check_package_cache,
    check_temporary_folder,
    replaced_as_a_whole,
    writable_output_folder,
)
from constructs_lib.commands.terraform import check_workspace

check_workspace(os.environ)  # the CDKTF CLI runs this program first, and then Terraform in the workspace
check_temporary_folder(os.environ)
check_package_cache(os.environ)
gc.disable()  # almost nothing can be freed before the process exits, a second later
load_fast()

from cdktf import App, LocalBackend

from constructs_lib.settings.loader import SettingsError, load_settings, read_context
from constructs_lib.settings.names import ACCESS_STACK, IMAGES_STACK, STATE_STACK
from constructs_lib.stacks.access import AccessStack
from constructs_lib.stacks.images import ImagesStack
from constructs_lib.stacks.payment_api import PaymentApiStack
from constructs_lib.stacks.state import StateStack

CHECKOUT = Path(__file__).resolve().parent


def main() -> None:
    """Synthesize the stacks, or write the problems with the settings to stderr and exit with 1."""
    try:
        settings = load_settings(os.environ, read_context(os.environ, CHECKOUT / "cdktf.json"))
    except SettingsError as error:
        sys.exit(str(error))
    with replaced_as_a_whole(writable_output_folder(os.environ)) as folder:
        app = App(outdir=str(folder))
        state = StateStack(app, STATE_STACK, region=settings.region, settings=settings.state)
        # CDKTF's default is the current folder, so the state would be missing when started from another one.
        LocalBackend(state, path=str(CHECKOUT / f"terraform.{STATE_STACK}.tfstate"))
        if settings.access.github_repository is not None:
            AccessStack(
                app,
                ACCESS_STACK,
                region=settings.region,
                state=settings.state,
                service=settings.service,
                settings=settings.access,
            )
        ImagesStack(app, IMAGES_STACK, region=settings.region, state=settings.state, settings=settings.images)
        PaymentApiStack(app, settings.name_prefix, settings=settings)
        app.synth()


if __name__ == "__main__":
    main()
