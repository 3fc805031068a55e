"""Every aim by name, as it declares itself; what it does stands in its folder."""

from collections.abc import Mapping

from nearsight.aims.accuracy.spec import ACCURACY
from nearsight.aims.declaration import AimSpec
from nearsight.aims.properties.spec import PROPERTIES
from nearsight.aims.stability.spec import STABILITY

AIMS: Mapping[str, AimSpec] = {spec.name: spec for spec in (STABILITY, PROPERTIES, ACCURACY)}
"""The first is that of a study that names none."""

MOVED: Mapping[str, str] = {then: now for spec in AIMS.values() for then, now in spec.moved.items()}
"""Keys of study files of earlier versions, with what they are called now."""
