"""Whatever has become of a file of ours or of settings: a verb gives a result or one line.

Seeded, and bounded in time: models, networks from elsewhere, settings, results in NetCDF. The same
for files of structures is in ``tests/unit/data``.
"""

import random
import shutil
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
import yaml
from mutations import fault_of, mutated, swapped
from small_results import (
    HOME,
    STUDY,
    check_relevance,
    join,
    make_results,
    run,
    summarise,
)

from nearsight.config import load_study
from nearsight.models.opening import open_model
from nearsight.storage import LAYOUT, read_dataset
from nearsight.train.card import read_card

pytestmark = pytest.mark.slow

SECONDS = 1.0
"""CPU seconds of each of the tests below."""
MOST = 400
Change = Callable[[xr.Dataset, str, random.Random], xr.Dataset]


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("results")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        make_results(folder)
    return folder


@pytest.fixture(autouse=True)
def place(results: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy to break, as working folder."""
    shutil.copytree(results, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def filled(value: object) -> Change:
    def change(dataset: xr.Dataset, name: str, _: random.Random) -> xr.Dataset:
        old = dataset[name]
        return dataset.assign({name: (old.dims, np.full(old.shape, value), old.attrs)})

    return change


def shortened(dataset: xr.Dataset, _: str, rng: random.Random) -> xr.Dataset:
    return dataset.isel({rng.choice(sorted(map(str, dataset.sizes))): slice(0, rng.choice((0, 1)))})


def renamed(dataset: xr.Dataset, _: str, rng: random.Random) -> xr.Dataset:
    return dataset.rename({rng.choice(sorted(map(str, dataset.sizes))): "elsewhere"})


def without_attribute(dataset: xr.Dataset, _: str, rng: random.Random) -> xr.Dataset:
    gone = rng.choice(sorted(dataset.attrs))
    return dataset.drop_attrs(deep=False).assign_attrs(
        {name: value for name, value in dataset.attrs.items() if name != gone}
    )


def odd_attribute(dataset: xr.Dataset, _: str, rng: random.Random) -> xr.Dataset:
    odd = rng.choice(("", "odd", 3.5, -1, "failed", "[]", "{}", "null"))
    return dataset.assign_attrs({rng.choice(sorted(dataset.attrs)): odd})


CHANGES: Mapping[str, Change] = {
    "lost": lambda d, name, _: d.drop_vars(name),
    "other name": lambda d, name, _: d.rename({name: "elsewhere"}),
    "transposed": lambda d, name, _: d.assign({name: d[name].transpose(*reversed(d[name].dims))}),
    "one number": lambda d, name, _: d.assign({name: ((), 1.0, d[name].attrs)}),
    "no units": lambda d, name, _: d.assign({name: (d[name].dims, d[name].values)}),
    "nan": filled(np.nan),
    "negative": filled(-7),
    "huge": filled(1e300),
    "large": filled(1 << 40),
    "zero": filled(0),
    "text": filled("odd"),
    "shorter": shortened,
    "other dimension": renamed,
    "attribute": without_attribute,
    "odd attribute": odd_attribute,
}


def other_contents(path: Path, seed: int) -> Iterator[tuple[str, bytes]]:
    """The file as NetCDF with other variables, shapes, types and attributes: no damaged bytes."""
    rng, scratch = random.Random(seed), path.with_name("scratch.nc")  # noqa: S311
    good = read_dataset(path).drop_encoding()
    while True:
        how = rng.choice(sorted(CHANGES))
        name = rng.choice(sorted(map(str, good.variables)))
        try:
            changed = CHANGES[how](good.copy(deep=True), name, rng)
            changed.to_netcdf(scratch)
        except (ValueError, KeyError, TypeError, OverflowError):
            continue  # xarray itself has no such file
        yield f"{how} ({name})", scratch.read_bytes()
        scratch.unlink()


def cases(names: Sequence[Path], seed: int) -> Iterator[tuple[Path, str, bytes]]:
    """Swapped kinds first, then all files in turn, NetCDF by contents more often than by bytes."""
    good = {str(name): name.read_bytes() for name in names}
    others = {"data": Path("water/data.nc").read_bytes(), **good}
    yield from ((Path(n), how, content) for n, how, content in swapped(others) if n in good)
    by_bytes = {
        name: mutated(good[str(name)], seed + k, text=name.suffix in (".json", ".yaml"))
        for k, name in enumerate(names)
    }
    by_contents = {name: other_contents(name, seed) for name in names if name.suffix == ".nc"}
    while True:
        for name in names:
            for stream in (by_bytes, by_contents, by_contents):
                if name in stream:
                    yield name, *next(stream[name])


def faults_of(
    verb: Callable[[], object], names: Sequence[Path], seconds: float = SECONDS, seed: int = 0
) -> Counter[str]:
    """What a verb makes of files that are no longer what they were."""
    assert fault_of(verb) is None, "the verb fails on good files"
    good = {name: name.read_bytes() for name in names}
    found: Counter[str] = Counter()
    end, tries = time.process_time() + seconds, 0
    for name, how, content in cases(names, seed):
        if time.process_time() > end or tries >= MOST:
            break
        tries += 1
        name.write_bytes(content)
        if fault := fault_of(verb):
            found[f"{name.name}, {how}: {fault}"] += 1
        name.write_bytes(good[name])
    assert tries > 1
    return found


def test_models() -> None:
    model = HOME / "model.safetensors"
    assert not faults_of(lambda: open_model(model), [model])


def test_networks_from_elsewhere(place: Path) -> None:
    names = [Path("elsewhere") / name for name in ("hyperparameters.json", "weights.safetensors")]
    assert not faults_of(lambda: open_model(Path("elsewhere")), names)


def test_cards_and_studies() -> None:
    card, study = HOME / "card.json", Path("study.json")
    assert not faults_of(lambda: read_card(card), [card], seconds=0.5)
    assert not faults_of(lambda: load_study(study), [study])


def test_settings_in_files_and_inline(place: Path) -> None:
    file = Path("settings.yaml")
    file.write_text(yaml.safe_dump(STUDY["statistics"]))
    given = ("stability", HOME / "dynamics.nc", "--out", "other.nc")
    assert not faults_of(lambda: run(*given, "--settings", file), [file])
    texts = mutated(file.read_bytes(), seed=7)
    found: Counter[str] = Counter()
    end = time.process_time() + SECONDS
    while time.process_time() < end:
        # A word of a command line holds no null byte, and what is no UTF-8 is refused before.
        text = next(texts)[1].replace(b"\0", b"").decode(errors="replace")
        for option in (("--settings", "{" + text), ("--set", text), ("--set", f"seed={text}")):
            if fault := fault_of(lambda option=option: run(*given, *option)):
                found[f"{option}: {fault}"] += 1
    assert not found


def test_dynamics() -> None:
    assert not faults_of(summarise, [HOME / "dynamics.nc"])


def test_relevance_and_response() -> None:
    assert not faults_of(check_relevance, [HOME / "relevance.nc", HOME / "response.nc"])


def test_results_that_are_joined() -> None:
    names = ("relevance", "response", "stability", "faithfulness", "history", "evaluation")
    assert not faults_of(join, [HOME / f"{name}.nc" for name in names], seconds=3.0)


def test_tables() -> None:
    def associate() -> None:
        run("associate", "study.json", "tables/curves.nc", "tables/table.nc", "--out", "a.nc")

    def draw() -> None:
        names = ("--name", "ends", "--name", "relevance_decay")
        run("figures", "tables/curves.nc", "tables/table.nc", *names, "--out", "figures")

    names = [Path("tables/curves.nc"), Path("tables/table.nc")]
    assert not faults_of(associate, names)
    assert not faults_of(draw, names)


def test_results_say_what_they_were_written_with() -> None:
    """Without the record, a lost variable would be found by the code that misses it."""
    for path in [*HOME.glob("*.nc"), Path("tables/table.nc"), Path("tables/curves.nc")]:
        assert LAYOUT in read_dataset(path).attrs, path
