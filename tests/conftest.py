"""Load the AWS bindings with the fast loader, once per test session."""

import os
import sys

from constructs_lib.bindings import load_fast
from constructs_lib.commands.failures import MachineError, explanation
from constructs_lib.commands.folders import check_package_cache, check_temporary_folder

try:
    check_temporary_folder(os.environ)
    check_package_cache(os.environ)
    load_fast()
except (MachineError, OSError) as error:
    sys.exit(explanation(error))
