#!/usr/bin/env python3
"""Proves that the durability tests can fail.

Each mutant is a copy of the source in which one promise is broken; its test must notice. The copies
are built in build/mutants, apart from the real thing, which takes minutes: `./dev test --full 2`, or

    python3 tests/faults/mutants_test.py
"""

import pathlib
import shutil
import subprocess
import unittest

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
        "    group.push_back({std::exchange(change, Change()), std::move(status)});",
        "    change.done(status, 0);\n"
        "    change.done = [](const absl::Status&, int64_t) {};\n"
        "    group.push_back({std::exchange(change, Change()), std::move(status)});",
        "chassis_storage_test",
        "Durability.PowerCuts*",
    ),
    "no-savepoint-rollback": (
        "chassis/storage/writer.cc",
        '  if (undo) ABSL_RETURN_IF_ERROR(connection_->Sql("ROLLBACK TO change").Run());\n',
        "  static_cast<void>(undo);\n",
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




def edits(name):
    """(file, [(what stands there, what the mutant has)])"""
    file, old, new = MUTANTS[name][:3]
    return file, [(old, new), *EXTRA_EDITS.get(name, [])]


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


class MutantTextsTest(unittest.TestCase):
    def test_what_mutants_change_is_there_once(self):
        for name in MUTANTS:
            file, changes = edits(name)
            text = (ROOT / file).read_text()
            for old, _ in changes:
                self.assertEqual(text.count(old), 1, f"{name}: {old!r}")


class MutantsTest(unittest.TestCase):
    slow = True

    @classmethod
    def setUpClass(cls):
        copy_source()
        configured = run(
            "cmake", "-S", str(COPY), "-B", str(BUILD), "-G", "Ninja", "-DCMAKE_BUILD_TYPE=Release",
            "-DCMAKE_CXX_COMPILER=g++",
            f"-DGOOGLEAPIS_DIR={ROOT}/build/npm/google-gax/build/protos",
        )
        if configured.returncode != 0:
            raise RuntimeError(configured.stderr)

    def assert_caught(self, name):
        binary, tests = MUTANTS[name][3:]
        copy_source()
        file, changes = edits(name)
        text = (COPY / file).read_text()
        for old, new in changes:
            text = text.replace(old, new)
        (COPY / file).write_text(text)
        built = run("ninja", "-C", str(BUILD), "-j2", binary)
        self.assertEqual(built.returncode, 0, built.stdout[-3000:])
        tested = run(
            str(BUILD / "bin" / binary),
            f"--gtest_filter={tests}",
            env={"REGULARS_FAULT_SEEDS": SEEDS, "PATH": "/usr/bin:/bin"},
        )
        self.assertNotEqual(tested.returncode, 0, "no test failed")
        self.assertIn("[  FAILED  ]", tested.stdout)

    def test_real_thing(self):
        """What the mutants are copies of passes the same tests."""
        copy_source()
        for binary, tests in {mutant[3:] for mutant in MUTANTS.values()}:
            built = run("ninja", "-C", str(BUILD), "-j2", binary)
            self.assertEqual(built.returncode, 0, built.stdout[-3000:])
            tested = run(str(BUILD / "bin" / binary), f"--gtest_filter={tests}",
                         env={"REGULARS_FAULT_SEEDS": SEEDS, "PATH": "/usr/bin:/bin"})
            self.assertEqual(tested.returncode, 0, tested.stdout[-3000:])

    def test_synchronous_off(self):
        self.assert_caught("synchronous-off")

    def test_reply_before_commit(self):
        self.assert_caught("reply-before-commit")

    def test_no_savepoint_rollback(self):
        self.assert_caught("no-savepoint-rollback")

    def test_cursor_outside_the_transaction(self):
        self.assert_caught("cursor-outside-the-transaction")


if __name__ == "__main__":
    unittest.main()
