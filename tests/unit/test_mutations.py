"""The helper of the fuzz tests: it must find what is there to find, and be the same each time."""

import json
from itertools import islice
from pathlib import Path

from mutations import fault_of, faults, mutated, swapped

from nearsight.errors import CorruptFileError, DataError

GOOD = b'{"energy": -1.25, "name": "water"}\n'


def test_mutations_are_those_of_their_seed_and_differ_from_the_file() -> None:
    first = list(islice(mutated(GOOD, 3), 300))
    assert first == list(islice(mutated(GOOD, 3), 300))
    assert first != list(islice(mutated(GOOD, 4), 300))
    assert sum(content != GOOD for _, content in first) > 250
    assert len({how.split("+")[0] for how, _ in first}) >= 12


def test_an_empty_file_can_be_mutated() -> None:
    assert len(list(islice(mutated(b"", 0), 300))) == 300


def test_every_kind_is_put_in_place_of_every_other() -> None:
    found = [(name, content) for name, _, content in swapped({"a.json": GOOD, "b.npz": b"PK"})]
    assert ("a.json", b"PK") in found
    assert ("b.npz", GOOD) in found
    assert ("b.npz", b"") in found


class AsItIsError(DataError):
    def __init__(self, text: str) -> None:
        self.text = text

    def __str__(self) -> str:
        return self.text


def test_a_fault_is_anything_but_a_result_or_one_line() -> None:
    def fails(error: Exception) -> str | None:
        def call() -> None:
            raise error

        return fault_of(call)

    assert fault_of(lambda: 1) is None
    assert fails(CorruptFileError("a.npz: no")) is None
    assert "ValueError" in str(fails(ValueError("x")))
    # Errors of ours see to that themselves; one that did not would be found out.
    assert "no single line" in str(fails(AsItIsError("a\nb")))
    assert "no single line" in str(fails(AsItIsError("a" * 2000)))
    assert "cannot be printed" in str(fails(AsItIsError("a\udcff")))


def test_a_careless_reader_is_found_out_and_the_file_is_kept(tmp_path: Path) -> None:
    found = faults(
        lambda path: json.loads(path.read_bytes()),
        {"a.json": GOOD},
        tmp_path,
        seconds=5,
        most=200,
    )
    assert any("JSONDecodeError" in fault for fault in found)
    kept = sorted(tmp_path.glob("fault_*_a.json"))
    assert len(kept) == len(found)
