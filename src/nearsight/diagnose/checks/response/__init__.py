"""Does a push on one atom move another as far away as it should?"""

from nearsight.diagnose.check import Check
from nearsight.diagnose.checks.response.figures import draw
from nearsight.diagnose.checks.response.findings import gist, run
from nearsight.diagnose.checks.response.view import view

CHECK = Check(
    name="response",
    title="Response over distance",
    question="Does the model see atoms at the right distance?",
    run=run,
    draw=draw,
    view=view,
    gist=gist,
)
"""As the registry has it."""
