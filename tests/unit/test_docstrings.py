"""Docstrings say what goes in: three arguments or more under ``Args:``, and arrays with shapes."""

import ast
import re
from collections.abc import Iterator

import pytest
from test_house import FILES, SOURCE, Function, public_functions

TOP = "modules of the ground"
ROOMS = [TOP, *sorted({f.relative_to(SOURCE).parts[0] for f in FILES if f.parent != SOURCE})]

ARRAY = re.compile(r"\b(?:ndarray|Tensor|DataArray)\b")
_SIZE = r"[^\s(),]+(?: [*/+-] [^\s(),]+)*"
SHAPE = re.compile(rf"\((?:{_SIZE},\s)*{_SIZE},(?:\s{_SIZE})?\)|\(\.\.\.\)|\(\)|\bscalar\b")
"""A shape as a tuple: (frame, 3), (...,), (...); a number of no dimension is () or a scalar."""


def functions_of(room: str) -> Iterator[tuple[str, Function]]:
    """Where it stands, and the public functions and methods of a room.

    Commands are left out: their arguments are described by ``help=``, for those who type them.
    """
    here = SOURCE if room == TOP else SOURCE / room
    for path in sorted(here.glob("*.py") if room == TOP else here.rglob("*.py")):
        for name, node in public_functions(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, Function) and not any(map(_registers, node.decorator_list)):
                yield f"{path.relative_to(SOURCE)}:{node.lineno} {name}", node


def _registers(decorator: ast.expr) -> bool:
    called = decorator.func if isinstance(decorator, ast.Call) else decorator
    return isinstance(called, ast.Attribute) and called.attr in ("command", "callback")


def arguments_of(function: Function) -> list[ast.arg]:
    given = function.args
    named = [*given.posonlyargs, *given.args, *given.kwonlyargs]
    return [argument for argument in named if argument.arg not in ("self", "cls")]


def unnamed(function: Function) -> list[str]:
    """Arguments, of three or more, that have no entry under ``Args:``."""
    arguments = [argument.arg for argument in arguments_of(function)]
    if len(arguments) < 3:
        return []
    section = re.search(r"^Args:\n((?: .*\n?|\n)+)", ast.get_docstring(function) or "", re.M)
    heads = re.findall(r"^    (\S[^:\n]*):", section[1], re.M) if section else []
    named = set(re.findall(r"\w+", " ".join(heads)))
    return [argument for argument in arguments if argument not in named]


def lacks_shape(function: Function) -> bool:
    """Whether arrays go in or come out by annotation and no shape is stated."""
    annotations = [*(a.annotation for a in arguments_of(function)), function.returns]
    arrays = any(ARRAY.search(ast.unparse(each)) for each in annotations if each)
    return arrays and not SHAPE.search(ast.get_docstring(function) or "")


@pytest.mark.parametrize("room", ROOMS)
def test_three_arguments_are_named_under_args(room: str) -> None:
    missing = {place: unnamed(function) for place, function in functions_of(room)}
    lines = [f"{place}: {', '.join(names)}" for place, names in missing.items() if names]
    assert not lines, f"{len(lines)} without all of Args:\n" + "\n".join(lines)


@pytest.mark.parametrize("room", ROOMS)
def test_arrays_have_shapes(room: str) -> None:
    lines = [place for place, function in functions_of(room) if lacks_shape(function)]
    assert not lines, f"{len(lines)} with arrays and no shape:\n" + "\n".join(lines)


@pytest.mark.parametrize(
    ("signature", "section", "missing"),
    [
        ("a, b", "", []),
        ("a, b, *, c", "", ["a", "b", "c"]),
        ("self, a, b", "", []),
        ("a, b, c", "a, b: two.\n        c: one.", []),
        ("a, b, c", "a: one, b: c.\n\n    c: outside", ["b", "c"]),
        ("a, b, c", "a: one.\n\n    Returns:\n        b: c.", ["b", "c"]),
    ],
)
def test_the_search_for_args_finds_them(signature: str, section: str, missing: list[str]) -> None:
    docstring = f'"""T.\n\n    Args:\n        {section}\n    """'
    function = ast.parse(f"def f({signature}):\n    {docstring}").body[0]
    assert isinstance(function, Function)
    assert unnamed(function) == missing


@pytest.mark.parametrize(
    ("text", "stated"),
    [
        ("positions (atom, 3) in Å", True),
        ("(...) of any", True),
        ("distances (pair,) in Å", True),
        ("(n_atoms * 3, 3 * n_atoms)", True),
        ("()", True),
        ("in steps of ``width`` (Å)", False),
        ("frames (indices or a mask)", False),
        ("as ended there (arXiv 2210.07237), and so on", False),
        ("(see, if at all)", False),
        ("(a number of them, 3)", False),
    ],
)
def test_a_shape_is_known_from_a_bracket(text: str, stated: bool) -> None:
    assert bool(SHAPE.search(text)) is stated
