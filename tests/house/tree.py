"""The tree as it stands: which files are ours, which modules they are, what each imports."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("snippet", "tracker", "sessionizer", "profiles")
MADE_BY_TOOLS = frozenset({".git", ".venv", "__pycache__", ".mypy_cache", ".ruff_cache", ".pytest_cache", ".hypothesis", "build", "dist",
                           "node_modules", "tracker-data", "screenshots"})  # fmt: skip


def files(*endings: str, under: tuple[str, ...] = (".",)) -> list[Path]:
    """Our own files with one of these endings (all where none is named), sorted; what tools make is left out."""
    found = (path for top in under for path in (ROOT / top).rglob("*") if path.is_file())
    return sorted(path for path in found if is_ours(path) and (not endings or path.suffix in endings))


def is_ours(path: Path) -> bool:
    parts = path.relative_to(ROOT).parts
    return not MADE_BY_TOOLS.intersection(parts) and not any(part.endswith(".egg-info") for part in parts)


def modules() -> dict[str, Path]:
    """Dotted name -> file, of every module in the rooms."""
    return {dotted(path): path for path in files(".py", under=ROOMS)}


def dotted(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports(source: str, module: str, known: frozenset[str], is_package: bool = False) -> set[str]:
    """Every module of ours that this source imports, wherever in the file the import stands."""
    package = module if is_package else module.rpartition(".")[0]
    found = {name for node in ast.walk(ast.parse(source)) for name in imported_by(node, package, known)}
    return {name for name in found if name.split(".")[0] in ROOMS}


def imported_by(node: ast.AST, package: str, known: frozenset[str]) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        base = node.module or ""
        if node.level:
            parts = package.split(".")
            base = ".".join([*parts[: len(parts) - node.level + 1], *([base] if base else [])])
        for alias in node.names:
            inner = f"{base}.{alias.name}"
            yield inner if inner in known else base
