#!/bin/sh
# Print the first Python that the locked environment is for; with an argument, that one.
# It is run, not only looked for: a version manager's stand-in is there and does not run.
fits='import ensurepip, sys, venv; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))'
for python in ${1:-python3.11 python3.12 python3.13 python3}; do
  if "$python" -c "$fits" 2>/dev/null; then
    echo "$python"
    exit 0
  fi
done
echo "nearsight needs Python 3.11, 3.12 or 3.13 with venv, and ${1:-none on the path} is not that:" \
  "install one, or name it with make PYTHON=..." >&2
exit 1
