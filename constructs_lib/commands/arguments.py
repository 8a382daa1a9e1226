"""Arguments of the commands; a wrong one ends with 1, because 2 is a result of some of them."""

import argparse
from typing import NoReturn

_FAILED = 1


class Arguments(argparse.ArgumentParser):
    """A parser that explains a wrong argument in one line."""

    def error(self, message: str) -> NoReturn:
        """Print the message and exit."""
        self.exit(_FAILED, f"{message}: see {self.prog} --help\n")
