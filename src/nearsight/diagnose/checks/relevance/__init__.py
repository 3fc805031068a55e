"""Between which atoms does the network carry what it predicts, and is that true?"""

from nearsight.diagnose.check import Check
from nearsight.diagnose.checks.relevance.figures import draw
from nearsight.diagnose.checks.relevance.findings import gist, run
from nearsight.diagnose.checks.relevance.view import view

CHECK = Check(
    name="relevance",
    title="Relevance of walks",
    question="Between which atoms does it carry what it predicts, and can that be believed?",
    run=run,
    draw=draw,
    view=view,
    gist=gist,
)
"""As the registry has it."""
