"""Every aim by name, with the code of its tables and figures."""

from collections.abc import Mapping

from nearsight.aims.accuracy.aim import ACCURACY
from nearsight.aims.interface import Aim
from nearsight.aims.properties.aim import PROPERTIES
from nearsight.aims.stability.aim import STABILITY

AIMS: Mapping[str, Aim] = {aim.spec.name: aim for aim in (STABILITY, PROPERTIES, ACCURACY)}
