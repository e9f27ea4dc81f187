#!/usr/bin/env bash
# Makes the Python environments of the peers: env (PyTorch, implicit, Surprise) and env-recbole, in ~/.cache/penchant/peers.
# About 8 GB together, most of it PyTorch's CUDA libraries, which are not used. What is there already is left alone.
# usage: setup.sh [main|recbole]     default: both.     PIP_ARGS="--index-url …" is handed to pip.
set -euo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
folder="${XDG_CACHE_HOME:-$HOME/.cache}/penchant/peers"
which="${1:-both}"

make_environment() { # name, requirements, python
  if [ -f "$folder/$1/.complete" ]; then echo "· $1: there already"; return; fi
  echo "· $1: $("$3" --version), into $folder/$1"
  "$3" -m venv "$folder/$1"
  # shellcheck disable=SC2086
  "$folder/$1/bin/python" -m pip install --quiet --disable-pip-version-check ${PIP_ARGS:-} -r "$here/$2"
  touch "$folder/$1/.complete"
}

find_python() { # versions, best first
  local version candidate
  for version in "$@"; do
    for candidate in "python$version" "$HOME/.pyenv/versions/$version".*/bin/python; do
      if "$candidate" -c "import sys; sys.exit('%d.%d' % sys.version_info[:2] != '$version')" 2>/dev/null; then
        command -v "$candidate"; return
      fi
    done
  done
  return 1
}

mkdir -p "$folder"
if [ "$which" != recbole ]; then
  if python="$(find_python 3.11 3.12 3.13 3.10)"; then make_environment env requirements.txt "$python"
  else echo "· env: no Python 3.10 to 3.13 found; PyTorch, implicit and Surprise stay absent"; fi
fi
if [ "$which" != main ]; then
  if python="$(find_python 3.10)"; then make_environment env-recbole requirements-recbole.txt "$python"
  else echo "· env-recbole: no Python 3.10 found; RecBole stays absent"; fi
fi
