#!/usr/bin/env python3
"""Proves that the durability tests can fail.

Each mutant is a copy of the source in which one promise is broken; its test must notice. The copies
are built in build/mutants, apart from the real thing.

    python3 tests/faults/mutants.py            all mutants
    python3 tests/faults/mutants.py NAME …     some
"""

import pathlib
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
COPY = ROOT / "build" / "mutants" / "src"
BUILD = ROOT / "build" / "mutants" / "out"
SEEDS = "300"

# name: (file, what stands there, what the mutant has, test binary, tests that must fail)
MUTANTS = {
    "synchronous-off": (
        "chassis/storage/writer.cc",
        "PRAGMA synchronous=FULL",
        "PRAGMA synchronous=OFF",
        "chassis_storage_test",
        "Durability.PowerCuts*",
    ),
    "reply-before-commit": (
        "chassis/storage/writer.cc",
        "    group.push_back({std::move(change), std::move(status)});",
        "    change.done(status, 0);\n"
        "    change.done = [](const absl::Status&, int64_t) {};\n"
        "    group.push_back({std::move(change), std::move(status)});",
        "chassis_storage_test",
        "Durability.PowerCuts*",
    ),
    "no-savepoint-rollback": (
        "chassis/storage/writer.cc",
        '    ABSL_RETURN_IF_ERROR(connection_->Sql("ROLLBACK TO change").Run());\n',
        "",
        "chassis_storage_test",
        "Durability.PowerCuts*:Writer.AFailedChange*",
    ),
    "cursor-outside-the-transaction": (
        "chassis/tasks/runner.cc",
        "    return tasks::Save(tx, *task);\n  });\n}\n\nabsl::Status TaskRunner::RecordFailure",
        "    moved = *task;\n    return absl::OkStatus();\n  }));\n"
        "  return store_.writer().Write(Lane::kTasks, OriginOf(due), [&](Transaction& tx) {\n"
        "    return tasks::Save(tx, moved);\n  });\n}\n\n"
        "absl::Status TaskRunner::RecordFailure",
        "chassis_tasks_test",
        "TaskDurability.*",
    ),
}
# The cursor's mutant needs a second edit: the first change must hand the task out.
EXTRA_EDITS = {
    "cursor-outside-the-transaction": [
        (
            "  return store_.writer().Write(Lane::kTasks, OriginOf(due), "
            "[&](Transaction& tx) -> absl::Status {\n    // Read again",
            "  Task moved;\n  ABSL_RETURN_IF_ERROR(store_.writer().Write("
            "Lane::kTasks, OriginOf(due), [&](Transaction& tx) -> absl::Status {\n    // Read again",
        )
    ]
}


def run(*command, **options):
    return subprocess.run(command, check=False, text=True, capture_output=True, **options)


def copy_source():
    """Copies the tracked files; only what changed is written, so that rebuilding is quick."""
    for name in run("git", "ls-files", cwd=ROOT).stdout.split():
        source, target = ROOT / name, COPY / name
        if not source.is_file():
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        if not target.exists() or target.read_bytes() != source.read_bytes():
            shutil.copyfile(source, target)


def edit(path, old, new):
    text = path.read_text()
    if text.count(old) != 1:
        sys.exit(f"{path}: the text to mutate is not there exactly once: {old!r}")
    path.write_text(text.replace(old, new))


def is_caught(name):
    file, old, new, binary, tests = MUTANTS[name]
    copy_source()
    edit(COPY / file, old, new)
    for extra_old, extra_new in EXTRA_EDITS.get(name, []):
        edit(COPY / file, extra_old, extra_new)
    built = run("ninja", "-C", str(BUILD), "-j2", binary)
    if built.returncode != 0:
        sys.exit(f"{name} does not build:\n{built.stdout[-3000:]}")
    tested = run(
        str(BUILD / "bin" / binary),
        f"--gtest_filter={tests}",
        env={"REGULARS_FAULT_SEEDS": SEEDS, "PATH": "/usr/bin:/bin"},
    )
    return tested.returncode != 0 and "[  FAILED  ]" in tested.stdout


def main():
    wanted = sys.argv[1:] or list(MUTANTS)
    copy_source()
    configured = run(
        "cmake", "-S", str(COPY), "-B", str(BUILD), "-G", "Ninja", "-DCMAKE_BUILD_TYPE=Release",
        "-DCMAKE_CXX_COMPILER=g++", f"-DGOOGLEAPIS_DIR={ROOT}/build/npm/google-gax/build/protos",
    )
    if configured.returncode != 0:
        sys.exit(configured.stderr)
    missed = []
    for name in wanted:
        caught = is_caught(name)
        print(f"{name}: {'caught' if caught else 'NOT CAUGHT'}", flush=True)
        if not caught:
            missed.append(name)
    copy_source()
    print(f"{len(wanted) - len(missed)} passed, {len(missed)} failed")
    sys.exit(1 if missed else 0)


if __name__ == "__main__":
    main()
