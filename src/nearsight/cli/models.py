"""Verbs that train and evaluate models."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from nearsight.cli.app import (
    OUT,
    Device,
    KeepCheckpoint,
    Out,
    Set,
    Settings,
    Threads,
    app,
    limit_threads,
    section,
)
from nearsight.cli.model_argument import (
    CalculatorArguments,
    ModelArgument,
    Processes,
    how_many,
    opened,
    require_data_set,
    tell_what_has_no_effect,
)
from nearsight.cli.places import Reads, Writes, beside
from nearsight.cli.telling import remark, tell
from nearsight.cli.verbs import MODELS
from nearsight.storage.names import BESIDE_A_MODEL

if TYPE_CHECKING:
    from nearsight.config import Variant


@app.command(rich_help_panel=MODELS)
def train(
    data: Annotated[Path, typer.Argument(help="Canonical data set (.nc)."), Reads()],
    out: Annotated[Path, OUT, Writes(beside(*BESIDE_A_MODEL))],
    variant: Annotated[
        str | None,
        typer.Option(help="The variant as a YAML file or inline, e.g. '{family: painn, ...}'."),
    ] = None,
    variants: Annotated[
        str | None,
        typer.Option(
            help="Variants by name instead of --variant, as a YAML file or inline: the one named"
            " like the folder of --out is trained."
        ),
    ] = None,
    settings: Settings = None,
    set_: Set = None,
    compile_: Annotated[
        bool,
        typer.Option(
            "--compile", help="Compile the step: a minute or more at the start, then twice as fast."
        ),
    ] = False,
    keep_checkpoint: KeepCheckpoint = False,
    device: Device = "auto",
    threads: Threads = 1,
) -> None:
    """Train one variant, evaluate it on the test subset and write its card.

    Beside the model appear `history.nc` (per epoch), `evaluation.nc` (per test frame) and
    `card.json`. A killed run goes on from its checkpoint when started again; SIGTERM lets it write
    one first (exit code 143). A run whose loss is no longer finite ends well, as a model with
    status `diverged`, and a variant whose cutoff sees no neighbour as one with status `failed`.

    Example: `nearsight train data.nc --variant '{family: painn, cutoff: 5.0, depth: 3,
    n_train: 400}' --set max_epochs=100 --out painn/model.safetensors`
    """
    from nearsight.config import Training
    from nearsight.storage import require_file

    chosen = _chosen(variant, variants, out)
    training = section(Training, settings, [*(set_ or []), *(["compile=true"] if compile_ else [])])
    require_file(data)

    from nearsight.models.model import choose_device
    from nearsight.train.run import train_variant

    limit_threads(threads)
    card = train_variant(
        data,
        chosen,
        training,
        out,
        device=choose_device(device),
        keep_checkpoint=keep_checkpoint,
    )
    if card.reason:
        tell(out, f"{card.id}: {card.status}, {card.reason}")
        return
    errors = ", ".join(
        f"{name} {card.errors[name]:.3g} {card.error_units[name]}"
        for name in (f"{card.variant.target}_mae", "force_mae")
        if name in card.errors
    )
    tell(out, f"{card.id}: {card.status}, {card.epochs} epochs ({card.end}), {errors}")


def _chosen(variant: str | None, variants: str | None, out: Path) -> "Variant":
    """The variant to train, given by itself or as one of several."""
    from nearsight.config import Variant, load_entry, load_section
    from nearsight.errors import ConfigError

    if (variant is None) == (variants is None):
        raise ConfigError("--variant and --variants: give one of them")
    if variants is not None:
        return load_entry(Variant, variants, out.absolute().parent.name, "--variants")
    return load_section(Variant, variant, {}, "--variant")


@app.command(rich_help_panel=MODELS)
def evaluate(
    model: ModelArgument,
    data: Annotated[Path, typer.Argument(help="Canonical data set (.nc)."), Reads()],
    out: Out,
    subset: Annotated[str, typer.Option(help="train, validation or test.")] = "test",
    calculator_arguments: CalculatorArguments = "{}",
    level_of_theory: Annotated[
        str, typer.Option(help="What a model that was made elsewhere computes or was trained on.")
    ] = "unknown",
    device: Device = "auto",
    threads: Threads = 1,
    processes: Processes = None,
) -> None:
    """Errors on a subset, frame by frame and in sum, with their spread.

    Of energies and forces, or of the target that the model has learned. Of a model made elsewhere
    nobody here knows whether it was trained on these frames; where its level of theory is not that
    of the labels, its errors are differences of levels too, and this is said.

    Examples: `nearsight evaluate painn/model.safetensors data.nc --out evaluation.nc` and
    `nearsight evaluate tblite.ase:TBLite data.nc --calculator-arguments '{method: GFN1-xTB}'
    --level-of-theory GFN1-xTB --out gfn1.nc`
    """
    from nearsight.data.frames import SUBSETS, read_frames
    from nearsight.errors import DataError

    require_data_set(data)
    if subset not in SUBSETS:
        raise DataError(f"--subset {subset}: expected one of {', '.join(SUBSETS)}")
    frames = read_frames(data).of_subset(subset)
    if not len(frames):
        raise DataError(f"{data}: subset {subset} holds 0 frames")

    from nearsight.models.model import choose_device
    from nearsight.storage import write_dataset
    from nearsight.train.evaluate import evaluate as errors_of
    from nearsight.train.evaluate import summary_of
    from nearsight.train.predict import target_of

    limit_threads(threads)
    loaded = opened(model, calculator_arguments)
    tell_what_has_no_effect(loaded, device=device, processes=processes)
    target = target_of(loaded)
    errors = errors_of(loaded, frames, device=choose_device(device), processes=how_many(processes))
    if loaded.kind != "trained":
        errors.attrs.update(loaded.description)
        errors.attrs.update(_levels(loaded.label, level_of_theory, frames.attributes))
    write_dataset(
        errors,
        out,
        title=f"errors of {loaded.label} on the {subset} subset",
        inputs={**loaded.files, "data": data},
    )
    parts = [
        f"{text} {float(errors[name]):.2f} ± {float(errors[f'{name}_spread']):.2f} {unit}"
        for name, (unit, text) in summary_of(target, forces=frames.has_forces).items()
    ]
    tell(out, f"{loaded.label} on {len(frames)} {subset} frames: {'; '.join(parts)}")


def _levels(label: str, own: str, attributes: Mapping[str, Any]) -> dict[str, str]:
    """Levels of theory of a model made elsewhere and of the labels; what they mean is told."""
    from nearsight.config import same_level
    from nearsight.config.yardstick import UNKNOWN

    labels = str(attributes.get("level_of_theory", UNKNOWN))
    if same_level(own, UNKNOWN):
        remark(
            f"the labels are {labels}; what {label} computes is not known (--level-of-theory says "
            "it): where that is another level, the errors are differences of levels too"
        )
    elif not same_level(own, labels):
        remark(
            f"the labels are {labels}, {label} computes {own}: the errors are differences of "
            "levels too, those of energies mostly between their zeros"
        )
    return {"level_of_theory": own, "data_level_of_theory": labels}
