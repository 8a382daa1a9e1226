"""JSON text in which every object has each of its names only once.

Python's parser keeps the last of two equal names, so the settings under the first one would be lost silently.
"""

import json
from collections.abc import Iterator, Mapping, Sequence

Path = tuple[str, ...]
"""The names that lead to a name in a document; an entry of an array is its index."""


class DuplicateNamesError(ValueError):
    """An object of the text has a name twice; `paths` has the path of each such name."""

    def __init__(self, paths: Sequence[Path]) -> None:
        super().__init__("duplicate names in JSON")
        self.paths = paths


class _Object(dict[str, object]):
    duplicates: tuple[str, ...] = ()


def parse(text: str | bytes) -> object:
    """Return the document.

    Raises DuplicateNamesError for duplicate names, otherwise what `json.loads` raises.
    """
    document = json.loads(text, object_pairs_hook=_object)
    paths = tuple(_duplicates(document))
    if paths:
        raise DuplicateNamesError(paths)
    return document


def _object(pairs: Sequence[tuple[str, object]]) -> _Object:
    result = _Object(pairs)
    if len(result) < len(pairs):
        names = [name for name, _ in pairs]
        result.duplicates = tuple(name for name in result if names.count(name) > 1)
    return result


def _duplicates(document: object) -> Iterator[Path]:
    """Yield the paths of the duplicate names. A recursive function would limit the depth of the document."""
    remaining: list[tuple[Path, object]] = [((), document)]
    while remaining:
        path, value = remaining.pop()
        entries: Sequence[tuple[str, object]] = ()
        if isinstance(value, _Object):
            yield from ((*path, name) for name in value.duplicates)
            entries = [*value.items()]
        elif isinstance(value, list):
            entries = [(str(index), entry) for index, entry in enumerate(value)]
        remaining += [((*path, name), entry) for name, entry in reversed(entries) if _nested(entry)]


def _nested(value: object) -> bool:
    return isinstance(value, Mapping | list)
