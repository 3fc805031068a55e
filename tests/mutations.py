"""Seeded mutations of good files, and the one demand on every reader: a result or one line.

What a disk, a network, an editor, a `cat` or a rename makes of a file. Nothing here knows a format,
so the same helper serves readers of structures, models, settings and results.
"""

import random
import re
import time
import traceback
import warnings
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from nearsight.errors import NearsightError

LONGEST = 1000
"""Characters of a message that a user still reads."""

Mutation = Callable[[bytes, random.Random], bytes]

HUGE = (
    b"1e300",
    b"nan",
    b"-1",
    b"0",
    b"inf",
    b"1000000000000",
    b"1e-320",
    b"0x10",
    b"1.5",
    b"\xff",
)
"""What takes the place of a number."""

WORDS = (
    b"", b"None", b"\xff\xfe", b"\x00", "Å☃".encode(), b"[]", b"{}", b'"', b"'", b"\n", b"\n\n",
    b"  ", b"../../../etc/hostname", b"@0", b"=", b":", b"A" * 5000, b"[[[[[[",
    b"np.float64(1.0)",
)  # fmt: skip
"""What takes the place of a word or is set between words."""


def flip(content: bytes, rng: random.Random) -> bytes:
    """Up to eight bytes become others."""
    changed = bytearray(content)
    for _ in range(rng.choice((1, 1, 2, 8))):
        if changed:
            changed[rng.randrange(len(changed))] ^= rng.randrange(1, 256)
    return bytes(changed)


def flip_head(content: bytes, rng: random.Random) -> bytes:
    """A byte among the first 512, where formats keep sizes and types, becomes another."""
    return flip(content[:512], rng) + content[512:]


def truncate(content: bytes, rng: random.Random) -> bytes:
    """The end is lost."""
    return content[: rng.randrange(len(content) + 1)]


def drop_head(content: bytes, rng: random.Random) -> bytes:
    """The beginning is lost."""
    return content[rng.randrange(len(content) + 1) :]


def splice(content: bytes, rng: random.Random) -> bytes:
    """A piece from elsewhere in the file overwrites another."""
    if not content:
        return content
    start, to = rng.randrange(len(content)), rng.randrange(len(content))
    piece = content[start : start + rng.randrange(1, 200)]
    return content[:to] + piece + content[to + len(piece) :]


def cut_out(content: bytes, rng: random.Random) -> bytes:
    """A piece is missing in the middle."""
    start = rng.randrange(len(content) + 1)
    return content[:start] + content[start + rng.randrange(1, 200) :]


def repeat(content: bytes, rng: random.Random) -> bytes:
    """A piece, or the whole file, stands twice."""
    start = rng.randrange(len(content) + 1)
    stop = len(content) if rng.random() < 0.3 else start + rng.randrange(1, 400)
    return content[:stop] + content[start:stop] + content[stop:]


def zeros(content: bytes, rng: random.Random) -> bytes:
    """A block of the disk reads as zeros."""
    start = rng.randrange(len(content) + 1)
    length = min(rng.choice((8, 64, 512)), len(content) - start)
    return content[:start] + bytes(length) + content[start + length :]


def number(content: bytes, rng: random.Random) -> bytes:
    """A number written in digits becomes huge, negative, NaN or no number."""
    return _replaced(content, rng, rb"[-+]?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?", HUGE)


def word(content: bytes, rng: random.Random) -> bytes:
    """A word becomes empty, odd, no UTF-8 or very long."""
    return _replaced(content, rng, rb"[A-Za-z_]{2,}", WORDS)


def insert(content: bytes, rng: random.Random) -> bytes:
    """Something odd stands between two bytes."""
    at = rng.randrange(len(content) + 1)
    return content[:at] + rng.choice(WORDS) + content[at:]


def drop_line(content: bytes, rng: random.Random) -> bytes:
    """A line is missing, doubled or blank."""
    lines = content.splitlines(keepends=True)
    if not lines:
        return content
    at = rng.randrange(len(lines))
    lines[at : at + 1] = rng.choice(([], [lines[at], lines[at]], [b"\n"], [b"\n", lines[at]]))
    return b"".join(lines)


def _replaced(
    content: bytes, rng: random.Random, pattern: bytes, choices: Sequence[bytes]
) -> bytes:
    found = [match.span() for match in re.finditer(pattern, content)]
    if not found:
        return content
    start, stop = rng.choice(found)
    return content[:start] + rng.choice(choices) + content[stop:]


BINARY: tuple[Mutation, ...] = (
    flip, flip, flip_head, truncate, drop_head, splice, cut_out, repeat, zeros,
)  # fmt: skip
TEXT: tuple[Mutation, ...] = (*BINARY, number, number, number, word, word, insert, drop_line)


def mutated(content: bytes, seed: int, *, text: bool = True) -> Iterator[tuple[str, bytes]]:
    """Endless mutations of a file's bytes, each with what was done; the same for one seed."""
    rng = random.Random(seed)  # noqa: S311
    while True:
        steps = [rng.choice(TEXT if text else BINARY) for _ in range(rng.choice((1, 1, 1, 2, 3)))]
        changed = content
        for step in steps:
            changed = step(changed, rng)
        yield "+".join(step.__name__ for step in steps), changed


def swapped(contents: Mapping[str, bytes]) -> Iterator[tuple[str, str, bytes]]:
    """Every file under the name of every other one, and what is no file of any kind.

    Yields:
        name to write, what was done, bytes.
    """
    odd = {"nothing": b"", "zeros": bytes(4096), "a line": b"hello\n", "latin": b"na\xefve \xff\n"}
    for name in contents:
        for other, content in {**contents, **odd}.items():
            if other != name:
                yield name, f"content of {other}", content


def fault_of(call: Callable[[], object]) -> str | None:
    """What is wrong with how a call ended; ``None`` after a result or one line for the user."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            call()
    except NearsightError as error:
        return _fault_of_message(str(error))
    except Exception as error:
        last = traceback.extract_tb(error.__traceback__)[-1]
        return f"{type(error).__name__} at {last.filename}:{last.lineno} ({str(error)[:100]})"
    return None


def _fault_of_message(text: str) -> str | None:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return f"cannot be printed: {text[:200]!r}"
    if not text.strip() or len(text) > LONGEST or len(text.splitlines()) > 1:
        return f"no single line of at most {LONGEST} characters: {text[:200]!r}"
    return None


def faults(
    read: Callable[[Path], object],
    files: Mapping[str, bytes],
    folder: Path,
    *,
    seconds: float,
    seed: int = 0,
    binary: Sequence[str] = (),
    most: int = 100_000,
) -> Counter[str]:
    """Read mutation after mutation of good files, in turn, until the time is over.

    Args:
        read: the reader; it must return or raise a ``NearsightError``.
        files: contents of good files by name; the ending is kept.
        folder: where mutated files are written, one at a time.
        seconds: when to stop; swapped kinds are all tried first.
        seed: seed of the mutations.
        binary: names whose content is not text.
        most: the most mutations to try.

    Returns:
        What went wrong and how often; empty when all is well. The file of a first fault is kept in
        ``folder`` as ``fault_N_NAME``.
    """
    found: Counter[str] = Counter()
    end = time.monotonic() + seconds
    for name, how, content in _cases(files, seed, binary):
        if time.monotonic() > end or most <= 0:
            break
        most -= 1
        path = folder / name
        path.write_bytes(content)
        if fault := fault_of(lambda path=path: read(path)):  # type: ignore[misc]
            fault = f"{name}: {fault}"
            if fault not in found:
                (folder / f"fault_{len(found)}_{how[:40]}_{name}").write_bytes(content)
            found[fault] += 1
        path.unlink(missing_ok=True)
    return found


def _cases(
    files: Mapping[str, bytes], seed: int, binary: Sequence[str]
) -> Iterator[tuple[str, str, bytes]]:
    yield from swapped(files)
    streams = {
        name: mutated(content, seed + k, text=name not in binary)
        for k, (name, content) in enumerate(sorted(files.items()))
    }
    while True:
        for name, stream in streams.items():
            yield name, *next(stream)
