"""Reads the arguments of a command, and refuses invalid ones in one line."""

import argparse
from pathlib import Path
from typing import NoReturn

_FAILED = 1
_PICTURE = ".png"


class Parser(argparse.ArgumentParser):
    """Exits with one line and code 1 if an argument is invalid."""

    def error(self, message: str) -> NoReturn:
        """Print what is wrong, and how to see what is right."""
        self.exit(_FAILED, f"{self.prog}: {message}; see {self.prog} --help\n")


def picture_file(text: str) -> Path:
    """Return the path of a picture to write."""
    if not text.endswith(_PICTURE):
        raise argparse.ArgumentTypeError(f'"{text}" must end with {_PICTURE}')
    return Path(text)
