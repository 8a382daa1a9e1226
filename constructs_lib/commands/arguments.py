"""Reads the arguments of a command; a wrong one ends with 1, because 2 is a result of some commands."""

import argparse
from pathlib import Path
from typing import NoReturn

_FAILED = 1
_PICTURE = ".png"


class Arguments(argparse.ArgumentParser):
    """A parser that explains a wrong argument in one line."""

    def error(self, message: str) -> NoReturn:
        """Print what is wrong and how to see what is right, and exit."""
        self.exit(_FAILED, f"{message}: see {self.prog} --help\n")


def picture_file(text: str) -> Path:
    """Return the path of a picture to write."""
    if not text.endswith(_PICTURE):
        raise argparse.ArgumentTypeError(f'"{text}" must end with {_PICTURE}')
    return Path(text)
