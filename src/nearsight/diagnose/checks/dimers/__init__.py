"""Do two molecules attract each other as they should?"""

from nearsight.diagnose.check import Check
from nearsight.diagnose.checks.dimers.figures import draw
from nearsight.diagnose.checks.dimers.findings import gist
from nearsight.diagnose.checks.dimers.running import run

CHECK = Check(
    name="dimers",
    title="Two molecules",
    question="Does the model know how two molecules attract each other?",
    run=run,
    draw=draw,
    gist=gist,
)
"""As the registry has it."""
