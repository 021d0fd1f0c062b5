"""Who imports whom: each folder of the package only the folders before it, and nothing the
programs."""

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "epee_trainer"
LAYERS = ("model", "data", "export", "evaluation", "training", "grid", "recipes")


def _imported(path: Path) -> set[str]:
    """The folders, or modules beside them, of the package that a module imports."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        names += [node.module] if isinstance(node, ast.ImportFrom) and node.module and not node.level else []
        found |= {name.split(".")[1] for name in names if name.startswith("epee_trainer.")}
        assert not (isinstance(node, ast.ImportFrom) and node.level > 1), f"{path}: a relative import leaves its folder"
    return found


@pytest.mark.parametrize("layer", LAYERS)
def test_a_folder_imports_only_those_before_it(layer: str) -> None:
    allowed = set(LAYERS[: LAYERS.index(layer) + 1])
    for path in (PACKAGE / layer).rglob("*.py"):
        assert _imported(path) <= allowed, path


def test_every_folder_has_a_layer() -> None:
    assert {path.parent.name for path in PACKAGE.glob("*/__init__.py")} == set(LAYERS)
