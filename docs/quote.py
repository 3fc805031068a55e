"""Numbers in README and docs come from files: take them from results, write tables, check text.

    python docs/quote.py take results/demo --as demo    # small tables of a study to docs/numbers/
    python docs/quote.py spread demo demo_older --as demo_spread    # how far runs are apart
    python docs/quote.py balances results/demo --as demo_balance    # walks and constants
    python docs/quote.py diagnosis FOLDER --as diagnosis    # what nearsight diagnose has found
    python docs/quote.py steps --as steps               # of differences of SO3LR's forces
    python docs/quote.py write                          # tables between markers, made anew
    python docs/quote.py check                          # every quoted number; CI runs this

How a number is quoted: docs/numbers/README.md.
"""

import argparse
import sys
from pathlib import Path

from quoting.check import faults, pages, write
from quoting.layouts import Layouts
from quoting.store import QuoteError

ROOT = Path(__file__).parents[1]


def main(arguments: list[str]) -> int:
    """Carry out one verb; 1 where the text says what the tables do not."""
    asked = _parser().parse_args(arguments)
    asked.numbers = asked.root / "docs" / "numbers"
    try:
        return asked.carry_out(asked)
    except QuoteError as fault:
        print(fault, file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--root", type=Path, default=ROOT, help="folder of README.md and docs")
    verbs = parser.add_subparsers(required=True)
    taken = verbs.add_parser("take", help="write the small tables of a study")
    taken.add_argument("results", type=Path, help="folder of its results")
    taken.add_argument("--as", dest="name", required=True, help="name of the tables")
    taken.add_argument("--alone", action="store_true", help="no settings, no further tables")
    taken.set_defaults(carry_out=_take)
    spreads = verbs.add_parser("spread", help="how far runs of one study are apart")
    spreads.add_argument("names", nargs="+", help="tables: the run that is quoted, then others")
    spreads.add_argument("--as", dest="name", required=True, help="name of the table")
    spreads.set_defaults(carry_out=_spread)
    balanced = verbs.add_parser("balances", help="walks and constants of networks of the demo")
    balanced.add_argument("results", type=Path, help="folder of its results")
    balanced.add_argument("--as", dest="name", required=True, help="name of the table")
    balanced.set_defaults(carry_out=_balances)
    found = verbs.add_parser("diagnosis", help="verdicts and numbers of a diagnosis")
    found.add_argument("folder", type=Path, help="folder that nearsight diagnose has written")
    found.add_argument("--as", dest="name", required=True, help="name of the tables")
    found.set_defaults(carry_out=_diagnosis)
    stepped = verbs.add_parser("steps", help="errors by step in single precision; needs SO3LR")
    stepped.add_argument("--as", dest="name", required=True, help="name of the table")
    stepped.set_defaults(carry_out=_steps)
    verbs.add_parser("write", help="write the tables of the text").set_defaults(carry_out=_write)
    verbs.add_parser("check", help="check the text").set_defaults(carry_out=_check)
    return parser


def _take(asked: argparse.Namespace) -> int:
    from quoting.taking import take  # xarray takes its time

    wanted = Layouts.read(asked.numbers / "layouts.yaml").taken
    paths = take(asked.results, asked.name, wanted, asked.numbers, alone=asked.alone)
    for path in paths:
        print(f"wrote {path.relative_to(asked.root)}")
    return 0


def _spread(asked: argparse.Namespace) -> int:
    from quoting.spread import spread

    wanted = Layouts.read(asked.numbers / "layouts.yaml").taken["spread"]
    path = spread(asked.names, asked.name, wanted, asked.numbers)
    print(f"wrote {path.relative_to(asked.root)}")
    return 0


def _balances(asked: argparse.Namespace) -> int:
    from quoting.balances import balances  # so does PyTorch

    print(f"wrote {balances(asked.results, asked.name, asked.numbers).relative_to(asked.root)}")
    return 0


def _diagnosis(asked: argparse.Namespace) -> int:
    from quoting.diagnoses import diagnoses

    for path in diagnoses(asked.folder, asked.name, asked.numbers):
        print(f"wrote {path.relative_to(asked.root)}")
    return 0


def _steps(asked: argparse.Namespace) -> int:
    from quoting.steps import steps

    print(f"wrote {steps(asked.name, asked.numbers).relative_to(asked.root)}")
    return 0


def _write(asked: argparse.Namespace) -> int:
    layouts = Layouts.read(asked.numbers / "layouts.yaml")
    for page in pages(asked.root):
        if write(page, layouts, asked.numbers):
            print(f"wrote the tables of {page.relative_to(asked.root)}")
    return 0


def _check(asked: argparse.Namespace) -> int:
    found = faults(asked.root, asked.numbers)
    for fault in found:
        print(fault, file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
