"""A number that the tables do not hold is found, wherever it stands; so is one without a quote."""

import re
from pathlib import Path

import pytest
from quoting.check import faults, pages, write
from quoting.layouts import Layouts
from quoting.quotes import COMMENT, quotes
from quoting.unmarked import candidates

REPOSITORY = Path(__file__).parents[3]


def found(root: Path) -> list[str]:
    return faults(root, root / "docs" / "numbers")


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_what_the_tables_say_is_no_fault(root: Path) -> None:
    assert found(root) == []


def test_the_pages_of_this_repository() -> None:
    assert faults(REPOSITORY, REPOSITORY / "docs" / "numbers") == []


def test_every_quote_of_this_repository_is_checked() -> None:
    """The last digit of each number, changed: never does the table agree."""
    numbers = REPOSITORY / "docs" / "numbers"
    told = [q for page in pages(REPOSITORY) for q in quotes(page.read_text(encoding="utf-8"))]
    assert len(told) > 20
    for quote in told:
        last = quote.literal.rstrip("%")[-1]
        other = quote.literal.replace(last, str((int(last) + 1) % 10))
        changed = type(quote)(quote.table, quote.selector, quote.column, quote.how, other)
        assert quote.fault(numbers) is None
        assert changed.fault(numbers), quote


@pytest.mark.parametrize(
    ("old", "new", "line", "told"),
    [
        ("127 meV", "126 meV", 3, "quoted 127 (force_mae) does not stand in the text"),
        ("=127", "=128", 3, "quoted 128 (force_mae) does not stand in the text"),
        ("−0.03 decades", "0.03 decades", 3, "quoted -0.03 (response_deviation_signed) does not"),
        ("survival 1.00", "survival 0.94", 7, "quoted 1.00 (survival) does not stand"),
        ("schnet/5 ", "schnet/7 ", 3, "schnet/7: no such row in demo"),
        ("force_mae=127", "force_rmse=127", 3, "force_rmse: no such column in demo"),
        ("force_mae.min=139", "force_mae=139", 4, "schnet/3 force_mae: 2 numbers in demo; say"),
        ("<!--n demo | painn", "<!--n demos | painn", 7, "docs/numbers/demos.csv: no such table"),
        ("painn survival=1.00", "painn survival", 7, "'survival': a quote is COLUMN=NUMBER"),
        ("painn survival", "painn[survival>2] survival", 7, "no number in demo"),
        ("painn survival", "painn[huh>2] survival", 7, "[huh>2]: no condition on demo"),
    ],
)  # fmt: skip
def test_a_wrong_quote_is_one_line(root: Path, old: str, new: str, line: int, told: str) -> None:
    change(root / "docs" / "demo.md", old, new)
    first = found(root)[0]
    assert first.startswith(f"docs/demo.md:{line}: ")
    assert told in first
    assert "\n" not in first


def test_another_result_is_found_in_text_and_tables(root: Path) -> None:
    change(root / "docs" / "numbers" / "demo.csv", "schnet,5.0,0,127.0", "schnet,5.0,0,124.1")
    assert found(root) == [
        "docs/demo.md:3: quoted 127, docs/numbers/demo.csv has 124 at schnet/5 force_mae",
        "docs/demo.md:9: table errors is not what its numbers are: python docs/quote.py write",
    ]


def test_tables_are_written_and_stay(root: Path) -> None:
    page = root / "docs" / "demo.md"
    text = page.read_text(encoding="utf-8")
    assert "| SchNet | 3 | 140 [139, 140] | −1.11 | 0.78 |" in text
    assert "| SchNet | 5 | 127 [127, 127] | −0.03 | – |" in text
    numbers = root / "docs" / "numbers"
    assert write(page, Layouts.read(numbers / "layouts.yaml"), numbers)
    assert page.read_text(encoding="utf-8") == text
    change(page, "[139, 140]", "[138, 140]")
    assert [fault.split(": ")[1] for fault in found(root)] == [
        "table errors is not what its numbers are"
    ]


@pytest.mark.parametrize(
    "sentence",
    [
        "The force error is 124 meV/Å.", "It deviates by 0.20 decades.", "It falls as r^−5.7.",
        "The survival 0.81 is less.", "rho −0.87 over twelve models", "They heat to 627 K.",
        "It holds 1.4 ps.", "between 130 and 141 meV/Å", "0.2 [0.1, 0.3] somewhere",
        "13 of 16 replicas", "with p = 0.02",
    ],
)  # fmt: skip
def test_a_number_of_a_study_needs_a_quote(root: Path, sentence: str) -> None:
    (root / "README.md").write_text(f"# nearsight\n\n{sentence}\n", encoding="utf-8")
    told = found(root)
    assert told
    assert all(fault.startswith("README.md:3: ") for fault in told)
    assert all("without a quote" in fault for fault in told)


@pytest.mark.parametrize(
    "sentence",
    ["3.6 times as many frames", "Python 3.11, 3.12 or 3.13", "J. Chem. Theory Comput. 21, 714",
     "95 % intervals", "a cutoff of 5 Å", "doi 10.1021/acs.jctc.4c01424"],
)  # fmt: skip
def test_other_numbers_need_none(sentence: str) -> None:
    assert not list(candidates(sentence, study=False))


def test_a_number_said_twice_needs_two_quotes(root: Path) -> None:
    change(root / "docs" / "demo.md", "it is 139", "(not 127 meV/Å) it is 139")
    assert [fault.partition(": ")[2] for fault in found(root)] == [
        "127: a number of a study without a quote (<!--n ... -->)"
    ]


def test_readers_see_no_quote() -> None:
    """Comments are whole, and nothing that looks like one stands outside of them."""
    for page in pages(REPOSITORY):
        text = re.sub(r"<!--.*?-->", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
        code = re.sub(r"```.*?```|`[^`]*`", "", text, flags=re.DOTALL)
        assert "<!--" not in re.sub(r"(?m)^    .*$", "", code), page
        assert not COMMENT.search(code)
