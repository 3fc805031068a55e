"""What the items of `each` share: imports, made once before their processes part."""

from importlib import import_module

_FILES = ("netCDF4", "h5py", "nearsight.lineage")
_MODELS = (
    *("nearsight.data.structures", "nearsight.models.opening"),
    *("nearsight.models.network_model", "nearsight.models.trained_model"),
)
_OF_VERB = {
    # The first step of an optimizer imports the compiler, whether or not it compiles.
    "train": (*_MODELS, "nearsight.train.run", "torch._dynamo"),
    "evaluate": (*_MODELS, "nearsight.train.evaluate"),
    "predict": (*_MODELS, "nearsight.train.predict", "nearsight.data.exporting"),
    "explain": (
        *_MODELS,
        *("nearsight.explain.file.finished_structures", "nearsight.explain.relevance"),
    ),
    "respond": (*_MODELS, "nearsight.respond.response", "nearsight.respond.autograd"),
    "faithfulness": (
        *(*_MODELS, "nearsight.faithfulness", "nearsight.explain.file.relevance_kind"),
        "nearsight.respond.response_kind",
    ),
    "md": (*_MODELS, "nearsight.md.simulate"),
    "stability": (
        *("nearsight.data.frames", "nearsight.data.yardstick", "nearsight.md.record.identity"),
        *("nearsight.md.analysis.stability", "nearsight.md.analysis.observables"),
    ),
    "failures": (
        *(*_MODELS, "nearsight.failures", "nearsight.md.record.identity"),
        *("nearsight.data.exporting", "nearsight.data.closed_shell"),
    ),
}
VERBS = tuple(_OF_VERB)
"""Verbs that can be carried out for many items."""


def modules_of(verb: str) -> list[str]:
    """Names of the modules that a verb imports for every item.

    Args:
        verb: one of :data:`VERBS`.
    """
    families: list[str] = []
    if "nearsight.models.opening" in _OF_VERB[verb]:
        from nearsight.families.registry import FAMILIES

        families = list(FAMILIES.values())
    return [*_FILES, *_OF_VERB[verb], *families]


def import_for(verb: str) -> None:
    """Import what a verb imports for every item, so that no item does.

    Args:
        verb: one of :data:`VERBS`.
    """
    for name in modules_of(verb):
        import_module(name)
