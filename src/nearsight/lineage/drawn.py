"""The figures that a study of each aim ends in, and the table that each is drawn from.

Plain names: the workflow, and those who look at a folder, need no drawing library for them.
"""

from collections.abc import Mapping

FIGURES_BY_AIM: Mapping[str, Mapping[str, str]] = {
    "stability": {
        "relevance_decay": "curves",
        "response_decay": "curves",
        "reference_curves": "curves",
        "body_order": "curves",
        "body_order_range": "curves",
        "elements": "curves",
        "faithfulness": "curves",
        "agreement": "table",
        "ablation": "curves",
        "survival": "curves",
        "ends": "curves",
        "heating": "curves",
        "drift": "curves",
        "distance_error": "curves",
        "spectrum": "curves",
        "deviation_vs_survival": "table",
        "descriptors_vs_survival": "table",
        "learning_curves": "curves",
    },
    "properties": {"pooling": "table", "species": "table"},
    "accuracy": {"accuracy": "table"},
}
"""By aim and name of the figure: ``curves`` or ``table``; where there is one table, that is it.

In the order in which they are drawn and reported.
"""
