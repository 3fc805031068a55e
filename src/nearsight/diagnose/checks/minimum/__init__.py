"""Does the molecule rest where it should, and does it vibrate as it should?"""

from nearsight.diagnose.check import Check
from nearsight.diagnose.checks.minimum.figures import draw
from nearsight.diagnose.checks.minimum.findings import gist
from nearsight.diagnose.checks.minimum.running import run

CHECK = Check(
    name="minimum",
    title="Minimum and vibrations",
    question="Does the molecule relax to the right geometry, and vibrate as it should?",
    run=run,
    draw=draw,
    gist=gist,
)
"""As the registry has it."""
