# Sourced by bin/ceremony and bin/test: cleans PATH and sets `python` to a Python 3.11 or newer.
# Written for bash 3.2 (macOS) and Git Bash (Windows).
# shellcheck shell=bash

oldest="3.11"
python=""

# A relative or empty entry of PATH means the caller's directory: nothing there may run.
clean_path() {
  local entry rest="$PATH:" kept=""
  while [ -n "$rest" ]; do
    entry="${rest%%:*}"
    rest="${rest#*:}"
    case "$entry" in
      /*) kept="${kept:+$kept:}$entry" ;;
    esac
  done
  # An empty PATH means the caller's directory too.
  PATH="${kept:-/nonexistent}"
  export PATH
}

# Version managers and the Windows store put stand-ins on PATH that may have no Python behind them.
is_stand_in() {
  case "$1" in
    */shims/* | */WindowsApps/*) return 0 ;;
    *) return 1 ;;
  esac
}

# True where the file's name, or its identity with a versioned neighbour, already tells the
# version: asking the interpreter would double the time of a warm start.
is_known_new() {
  local file="$1" version
  if is_stand_in "$file" || [ ! -x "$file" ]; then
    return 1
  fi
  for version in 3.14 3.13 3.12 3.11; do
    case "$file" in
      */"python$version") return 0 ;;
    esac
    [ "$file" -ef "${file%/*}/python$version" ] && return 0
  done
  return 1
}

# Sets `python` to the interpreter behind a command, or fails where it is none or too old.
resolve() {
  if [ $# -eq 1 ] && is_known_new "$1"; then
    python="$1"
    return 0
  fi
  python="$("$@" -I -S -c 'import sys
if sys.version_info < (3, 11): sys.exit(1)
print(sys.executable)' 2>/dev/null)" || return 1
  python="${python%$'\r'}"
  [ -n "$python" ]
}

find_python() {
  local name file
  clean_path
  if [ -n "${CEREMONY_PYTHON:-}" ]; then
    case "$CEREMONY_PYTHON" in
      */* | *\\*) file="$CEREMONY_PYTHON" ;;
      *) file="$(type -P -- "$CEREMONY_PYTHON")" || file="" ;;
    esac
    [ -n "$file" ] && resolve "$file" && return 0
    echo "ceremony: CEREMONY_PYTHON is '$CEREMONY_PYTHON', which is no Python $oldest or newer." \
      "Set it to one, or unset it." >&2
    return 1
  fi
  for name in python3 python3.14 python3.13 python3.12 python3.11 python; do
    file="$(type -P "$name")" && resolve "$file" && return 0
  done
  file="$(type -P py)" && resolve "$file" -3 && return 0
  echo "ceremony: no Python $oldest or newer on PATH. Install one (python.org, your package manager," \
    "or actions/setup-python in a workflow), or set CEREMONY_PYTHON to its path." >&2
  return 1
}
