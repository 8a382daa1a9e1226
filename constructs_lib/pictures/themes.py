"""The colours of the pictures, on GitHub's light and dark background."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from constructs_lib.pictures.resources import Action

Theme = Literal["light", "dark"]


@dataclass(frozen=True, kw_only=True)
class Palette:
    """The colours of a picture; `tile` is behind icons that are dark lines."""

    background: str
    text: str
    faint: str
    line: str
    tile: str
    frames: Mapping[str, tuple[str, str]]
    actions: Mapping[Action, str]


PALETTES: Mapping[Theme, Palette] = {
    "light": Palette(
        background="#ffffff",
        text="#1f2328",
        faint="#59636e",
        line="#57606a",
        tile="transparent",
        frames={
            "vpc": ("#8C4FFF", "#ffffff"),
            "region": ("#8c959f", "#f6f8fa"),
            "zone": ("#0969da", "#ffffff"),
            "public": ("#7AA116", "#f2f7e4"),
            "private": ("#00A4A6", "#e6f6f7"),
            "database": ("#3b62d6", "#eaeffc"),
            "group": ("#bf3989", "transparent"),
        },
        actions={"create": "#1a7f37", "update": "#bf8700", "replace": "#bc4c00", "delete": "#cf222e"},
    ),
    "dark": Palette(
        background="#0d1117",
        text="#f0f6fc",
        faint="#9198a1",
        line="#b7bdc8",
        tile="#f0f6fc",
        frames={
            "vpc": ("#a371f7", "#0d1117"),
            "region": ("#656c76", "#151b23"),
            "zone": ("#4493f8", "#0d1117"),
            "public": ("#7AA116", "#1b2413"),
            "private": ("#00A4A6", "#0f2427"),
            "database": ("#5b83f0", "#141f38"),
            "group": ("#f778ba", "transparent"),
        },
        actions={"create": "#3fb950", "update": "#d29922", "replace": "#f0883e", "delete": "#f85149"},
    ),
}
