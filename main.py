"""Settings from the environment and cdktf.json, the two stacks, their JSON."""

import gc
import os
import sys
from pathlib import Path

from constructs_lib.bindings import load_fast

gc.disable()  # little of what is made here can be freed before the end, a second later
load_fast()

from cdktf import App

from constructs_lib.settings.loader import SettingsError, load_settings, read_context
from constructs_lib.settings.names import STATE_STACK
from constructs_lib.stacks.payment_api import PaymentApiStack
from constructs_lib.stacks.state import StateStack


def make_output_folder(name: str) -> None:
    """Make the folder that CDKTF writes to, which it would do itself, but not its parents."""
    try:
        Path(name).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        sys.exit(f'CDKTF_OUTDIR is "{name}": must be a folder that can be made, but {error.strerror}')


def main() -> None:
    """Synthesize both stacks, or say on stderr what is wrong with the settings and exit with 1."""
    try:
        settings = load_settings(os.environ, read_context(os.environ, Path(__file__).with_name("cdktf.json")))
    except SettingsError as error:
        sys.exit(str(error))
    make_output_folder(os.environ.get("CDKTF_OUTDIR", "cdktf.out"))
    app = App()
    StateStack(app, STATE_STACK, region=settings.region, settings=settings.state)
    PaymentApiStack(app, settings.name_prefix, settings=settings)
    app.synth()


if __name__ == "__main__":
    main()
