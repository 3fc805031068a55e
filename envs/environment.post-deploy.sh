#!/usr/bin/env bash
# Run by Snakemake in the new conda environment, from the folder it was started in.
set -euo pipefail
# SchNetPack 2.2 declares Python 3.12 but works on 3.11; its dependencies are in the environment.
python -m pip install --no-deps --ignore-requires-python schnetpack==2.2.0
python -m pip install --no-deps .
