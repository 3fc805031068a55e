"""Does dynamics hold, does it conserve energy, and who is to blame where it ends?"""

from nearsight.diagnose.check import Check
from nearsight.diagnose.checks.dynamics.figures import draw
from nearsight.diagnose.checks.dynamics.findings import gist
from nearsight.diagnose.checks.dynamics.running import run
from nearsight.diagnose.checks.dynamics.view import view

CHECK = Check(
    name="dynamics",
    title="Dynamics at constant energy",
    question="Will its dynamics hold and conserve energy?",
    run=run,
    draw=draw,
    view=view,
    gist=gist,
)
"""As the registry has it."""
