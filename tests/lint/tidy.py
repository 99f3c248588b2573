#!/usr/bin/env python3
"""Runs clang-tidy on the C++ files that changed.

usage: tidy.py [--all] [--jobs N] [FILE…]

Changed means: differs from where this work left origin/main, or, on main itself, from the commit
before the last; new files count. REGULARS_LINT_BASE names another commit. A changed header is
checked through the source of the same name, or one that includes it.

The compilation database of the release build is rewritten for clang: g++'s precompiled headers and
flags go, so each file must also compile without them.
"""

import argparse
import concurrent.futures
import json
import os
import pathlib
import re
import shlex
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
RELEASE = ROOT / "build" / "release"
TIDY = ROOT / "build" / "tidy"
# As in cmake/Build.cmake: clang 14 knows Boost 1.74's coroutines only under their draft names.
CLANG_FLAGS = ["-fcoroutines-ts", "-DBOOST_ASIO_HAS_CO_AWAIT=1",
               "-DBOOST_ASIO_HAS_STD_COROUTINE=1", "-Wno-unused-command-line-argument",
               "-Wno-unknown-warning-option"]
FINDING = re.compile(r"^(?=/[^\n:]*:\d+:\d+: (?:error|warning): )", re.MULTILINE)
GCC_FLAGS = {"-fpch-preprocess", "-Winvalid-pch"}


def clang_arguments(command):
    """Returns the arguments of a g++ command as clang-tidy's parser takes them."""
    arguments = []
    words = iter(shlex.split(command)[1:])
    for word in words:
        if word == "-include":
            header = next(words)
            if not header.endswith("cmake_pch.hxx"):
                arguments += [word, header]
        elif word not in GCC_FLAGS:
            arguments.append(word)
    return ["clang++-14", *arguments, *CLANG_FLAGS]


def write_database():
    """Writes build/tidy/compile_commands.json and returns the sources in it, as paths from ROOT."""
    sources = {}
    for entry in json.loads((RELEASE / "compile_commands.json").read_text()):
        file = pathlib.Path(entry["file"])
        if file.is_relative_to(ROOT) and not file.is_relative_to(ROOT / "build"):
            sources[str(file.relative_to(ROOT))] = {
                "directory": entry["directory"], "file": entry["file"],
                "arguments": clang_arguments(entry["command"])}
    TIDY.mkdir(parents=True, exist_ok=True)
    (TIDY / "compile_commands.json").write_text(json.dumps(list(sources.values())))
    return sorted(sources)


def git(*arguments, check=True):
    ended = subprocess.run(["git", *arguments], cwd=ROOT, check=check, capture_output=True, text=True)
    return ended.stdout.split() if ended.returncode == 0 else []


def changed_files():
    base = [os.environ["REGULARS_LINT_BASE"]] if "REGULARS_LINT_BASE" in os.environ else []
    base = base or git("merge-base", "HEAD", "origin/main", check=False)
    if not base or base == git("rev-parse", "HEAD"):
        base = git("rev-parse", "--verify", "--quiet", "HEAD~1", check=False)
    if not base:  # The only commit.
        return git("ls-files")
    return (git("diff", "--name-only", "--diff-filter=d", base[0]) +
            git("ls-files", "--others", "--exclude-standard"))


def sources_that_see(header, sources):
    """Returns the sources that include a header, directly or through other headers."""
    files = set(sources) | {file for file in git("ls-files", "-co", "--exclude-standard", "*.h")
                            if (ROOT / file).is_file()}
    texts = {file: (ROOT / file).read_text(encoding="utf-8") for file in files}
    seen, waiting = {header}, [header]
    while waiting:
        include = f'#include "{waiting.pop()}"'
        users = {file for file, text in texts.items() if include in text} - seen
        seen |= users
        waiting += [file for file in users if file.endswith(".h")]
    return sorted(seen.intersection(sources))


def sources_for(changed, sources):
    """Returns the sources that cover the changed files, and the headers that none covers."""
    chosen = {file for file in changed if file in sources}
    lost = []
    for header in sorted(file for file in changed if file.endswith(".h")):
        twin = header.removesuffix(".h") + ".cc"
        users = [twin] if twin in sources else sources_that_see(header, sources)
        if not users:
            lost.append(header)
        elif not chosen.intersection(users):
            chosen.add(users[0])
    return sorted(chosen), lost


def tidy(source):
    ended = subprocess.run(["clang-tidy-14", "--quiet", "-p", str(TIDY), source], cwd=ROOT,
                           stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    # On standard error it also counts the warnings of system headers: of use only when it fails.
    return source, ended.returncode, ended.stdout, ended.stderr


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("files", nargs="*")
    options = parser.parse_args()
    sources = write_database()
    if options.all:
        chosen, lost = sources, []
    else:
        chosen, lost = sources_for(options.files or changed_files(), sources)
    for header in lost:
        print(f"{header}: no source includes it, so it is not checked")
    failed, shown = 0, set()
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        for source, status, out, err in pool.map(tidy, chosen):
            if status != 0:
                failed += 1
                # A finding in a header comes back with every source that includes it.
                fresh = [part for part in re.split(FINDING, out or err) if part not in shown]
                shown.update(fresh)
                print(f"--- {source}\n{''.join(fresh)}", flush=True)
    print(f"clang-tidy: {len(chosen)} sources, {failed} with findings")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
