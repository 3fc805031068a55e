#!/bin/sh
# An environment beside another one, whose packages it sees behind its own: beside.sh BASE NEW
set -eu
base=$(cd "$1" && pwd)
# pip is seen there too.
"$base/bin/python" -m venv --without-pip "$2"
behind=$("$base/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
own=$("$2/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
printf 'import site; site.addsitedir(%s)\n' "'$behind'" > "$own/beside.pth"
