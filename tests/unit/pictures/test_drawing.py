"""The pictures of the architecture in the documentation, and how Graphviz is called."""

import re
from pathlib import Path

import diagrams
import pytest
from PIL import Image

from constructs_lib.commands.folders import CHECKOUT
from constructs_lib.commands.picture import OF_DOCUMENTATION
from constructs_lib.pictures.architecture import architecture
from constructs_lib.pictures.drawing import png, source
from constructs_lib.pictures.png import digest, digest_of
from constructs_lib.pictures.resources import Action, PictureError, Resource, of_plan, of_stack
from constructs_lib.pictures.themes import PALETTES, Theme
from tests.unit.pictures.documentation import example_stacks
from tests.unit.pictures.graphviz import require_graphviz
from tests.unit.pictures.plans import plan
from tests.unit.synthesis import Synthesized

STALE = "run `pipenv run picture`, look at the result, and commit it"


def of_example(theme: Theme) -> str:
    return source(
        architecture([each for stack in example_stacks() for each in of_stack(stack.document)]), theme=theme
    )


@pytest.mark.parametrize(("file", "theme"), OF_DOCUMENTATION.items(), ids=OF_DOCUMENTATION.values())
def test_the_picture_of_the_documentation_is_drawn_from_the_stacks_as_they_are(
    file: Path, theme: Theme
) -> None:
    assert digest_of(file) == digest(of_example(theme)), STALE


@pytest.mark.parametrize("file", OF_DOCUMENTATION, ids=OF_DOCUMENTATION.values())
def test_the_picture_of_the_documentation_is_small_and_twice_as_wide_as_it_is_shown(file: Path) -> None:
    assert file.stat().st_size < 300_000
    with Image.open(file) as image:
        assert image.width == 2 * 830
        assert set(image.info) <= {"Source-SHA-256", "dpi"}


def test_the_readme_shows_the_pictures() -> None:
    readme = (CHECKOUT / "README.md").read_text("utf-8")

    for file, attribute in zip(OF_DOCUMENTATION, ("src", "srcset"), strict=True):
        assert f'{attribute}="{file.relative_to(CHECKOUT)}"' in readme


@pytest.mark.parametrize("theme", PALETTES)
def test_the_source_has_no_path_of_this_machine_and_is_the_same_each_time(theme: Theme) -> None:
    found = of_example(theme)

    assert found == of_example(theme)
    assert re.findall(r'image="(.+?)"', found)
    assert {each.split("/")[0] for each in re.findall(r'image="(.+?)"', found)} == {"resources"}
    assert str(Path.home()) not in found
    assert "site-packages" not in found


def test_every_icon_exists(every: Synthesized, state: Synthesized, images: Synthesized) -> None:
    stacks = (every, state, images)
    found = source(
        architecture([each for stack in stacks for each in of_stack(stack.document)]), theme="light"
    )

    for icon in set(re.findall(r"image=\"?([^\s\"]+\.png)", found)):
        assert (Path(diagrams.__file__).parents[1] / icon).is_file(), icon


@pytest.mark.parametrize(
    ("action", "sign", "words"),
    [
        ("create", "+", "to add"),
        ("update", "~", "to change"),
        ("replace", "±", "to replace"),
        ("delete", "-", "to destroy"),
    ],
)
@pytest.mark.parametrize("theme", PALETTES)
def test_what_a_plan_changes_has_a_sign_a_colour_and_a_place_in_the_title(
    theme: Theme, action: Action, sign: str, words: str
) -> None:
    resources = [
        Resource(type="aws_kms_key", name=f"key-{number}", action=action if number else "none")
        for number in range(3)
    ]
    found = source(architecture(resources), theme=theme, resources=resources)
    colour = PALETTES[theme].actions[action]

    # The counts, in the title and below the icon, are in the colour; so is the border of the icon.
    assert re.search(rf'"title \d" \[label="?{re.escape(sign)} 2 {words}"?[^\]]*fontcolor="{colour}"', found)
    assert re.search(rf'"keys 2" \[label="?{re.escape(sign)}2"?[^\]]*fontcolor="{colour}"', found)
    assert re.search(rf'"keys tile" \[[^\]]*color="{colour}"', found)


@pytest.mark.parametrize("theme", PALETTES)
def test_what_a_plan_does_not_change_has_none_of_the_colours_of_changes(
    theme: Theme, prod: Synthesized
) -> None:
    resources = of_plan(plan(prod, prod))
    found = source(architecture(resources), theme=theme, resources=resources)
    below_the_title = re.sub(r'"title \d" \[.*', "", found)

    assert {each.action for each in resources} == {"none"}
    assert not [colour for colour in PALETTES[theme].actions.values() if colour in below_the_title]


def test_graphviz_draws_a_plan_the_same_each_time(prod: Synthesized, tmp_path: Path) -> None:
    require_graphviz()
    resources = of_plan(plan(None, prod))
    text = source(architecture(resources), theme="dark", resources=resources)
    file = tmp_path / "plan.png"
    file.write_bytes(png(text))

    assert digest_of(file) == digest(text)
    assert png(text) == file.read_bytes()
    with Image.open(file) as image:
        colours = {colour for _, colour in image.convert("RGB").getcolors(1 << 20) or []}
    assert tuple(bytes.fromhex(PALETTES["dark"].background[1:])) in colours
    # Icons are drawn: a picture without them has few colours.
    assert len(colours) > 100


def test_graphviz_that_fails_is_reported_in_one_line() -> None:
    require_graphviz()
    with pytest.raises(PictureError, match=r"\AGraphviz failed: [^\n]+\Z"):
        png("digraph {")


def test_graphviz_that_is_not_installed_is_reported_in_one_line(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(PictureError, match=r"\AGraphviz is not installed .+: install the package graphviz\Z"):
        png("digraph {}")
