"""How far off is the model on data that have labels, and where?"""

from nearsight.diagnose.check import Check
from nearsight.diagnose.checks.errors.figures import draw
from nearsight.diagnose.checks.errors.findings import gist
from nearsight.diagnose.checks.errors.running import run

CHECK = Check(
    name="errors",
    title="Errors on labelled data",
    question="How far off is the model on labelled data, and where is it worst?",
    run=run,
    draw=draw,
    gist=gist,
)
"""As the registry has it."""
