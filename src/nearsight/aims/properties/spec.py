"""The aim properties, as it declares itself."""

from typing import ClassVar

from nearsight.aims.declaration import AimSpec, Table
from nearsight.limits import LONGEST_ALKANE
from nearsight.product import HOME, MODEL, Product
from nearsight.section import Section, setting


class Properties(Section):
    """What a study of properties explains beside its data."""

    stages: ClassVar[tuple[str, ...]] = ("alkanes",)

    longest_alkane: int = setting(
        12,
        unit="1",
        description="Carbon atoms of the last alkane of the series.",
        ge=1,
        le=LONGEST_ALKANE,
    )


_ALKANES = "alkanes.xyz"

PROPERTIES = AimSpec(
    name="properties",
    text="how properties are pooled over atoms",
    of_variants=("card.json", "history.nc", "evaluation.nc", "relevance.nc", "alkanes.nc"),
    tables=(Table("properties", "properties"),),
    figures={"pooling": "properties", "species": "properties"},
    products=(
        Product(_ALKANES, "alkanes"),
        Product(
            f"{HOME}alkanes.nc",
            "explain_alkanes",
            {"model": MODEL, "data": _ALKANES},
            "explain",
            known_by=frozenset({"site_relevance_start"}),
        ),
    ),
    has_rules=True,
    settings=Properties,
    moved={"explain.longest_alkane": "properties.longest_alkane"},
)
