#!/usr/bin/env python3
"""Proves of every layering rule that it can fail, and that it leaves its neighbours alone."""

import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import layering  # noqa: E402

# The rule that must speak, a file, its text.
BAD = [
    ("domain/ knows no gRPC", "loyalty-svc/domain/a.cc", '#include <grpcpp/grpcpp.h>'),
    ("domain/ knows no protobuf", "customer-svc/domain/a.h",
     '#include "regulars/customer/v1/order.pb.h"'),
    ("domain/ knows no protobuf", "gateway/domain/a.h", '#include <google/protobuf/message.h>'),
    ("domain/ knows no database", "customer-svc/domain/a.h", '#include "soci/soci.h"'),
    ("domain/ knows no database", "customer-svc/domain/a.h", '#include "chassis/storage/store.h"'),
    ("domain/ includes only pure parts of the chassis", "customer-svc/domain/a.h",
     '#include "chassis/rpc/registry.h"'),
    ("domain/ depends on domain/ alone", "customer-svc/domain/a.h",
     '#include "customer-svc/store/orders.h"'),
    ("store/ knows no gRPC", "customer-svc/store/a.h", '#  include <grpcpp/support/status.h>'),
    ("store/ knows no protobuf", "customer-svc/store/a.h", '#include "x/y.pb.h"'),
    ("store/ depends on store/ and domain/", "customer-svc/store/a.h",
     '#include "customer-svc/rpc/get.h"'),
    ("rpc/ and follow/ hold no SQL", "customer-svc/rpc/a.cc", 'f("SELECT id FROM x");'),
    ("rpc/ and follow/ hold no SQL", "customer-svc/follow/a.cc", 'f(R"sql(\nDELETE FROM x)sql");'),
    ("rpc/ and follow/ hold no SQL", "gateway/rpc/a.cc", 'f("UPDATE keys SET a = 1");'),
    ("domain/ holds no SQL", "customer-svc/domain/a.cc", 'f("INSERT INTO x VALUES (1)");'),
    ("only chassis/storage sees SOCI", "chassis/tasks/a.h", '#include <soci/soci.h>'),
    ("only chassis/storage sees SOCI", "customer-svc/store/a.h", '#include "soci-sqlite3.h"'),
    ("only chassis/storage and schemas speak SQLite", "chassis/rpc/a.cc", '#include <sqlite3.h>'),
    ("only chassis/storage and schemas speak SQLite", "customer-svc/store/a.cc", 'sqlite3_step(s);'),
    ("only chassis/storage and schemas speak SQLite", "customer-svc/store/a.cc",
     'f("PRAGMA user_version");'),
    ("only chassis/storage and schemas speak SQLite", "customer-svc/store/a.cc",
     'f("SELECT rowid FROM x");'),
    ("the chassis includes no service", "chassis/rpc/a.h", '#include "customer-svc/domain/rfm.h"'),
    ("the client includes no service", "cli/a.cc", '#include "gateway/routing/trie.h"'),
    ("services never include each other", "loyalty-svc/rpc/a.cc",
     '#include "customer-svc/domain/rfm.h"'),
    ("services never include each other", "gateway/http/a.cc",
     '#include "customer-svc/domain/rfm.h"'),
    ("a file has at most", "chassis/base/a.cc", "\n" * 501),
    ("main.cc only wires things", "customer-svc/main.cc", "\n" * 61),
    ("a function of 72 lines", "chassis/base/a.cc",
     "namespace a {\nint F(int x) {\n" + "  f();\n" * 70 + "}\n}  // namespace a\n"),
    ("a function of 72 lines", "chassis/base/a.h",
     "template <class T>\nint F(T x) {\n" + "  f();\n" * 70 + "}\n"),
    ("a function of 73 lines", "chassis/base/a.h",
     "class A : public B {\n  A(int x)\n      : x_(x) {\n" + "  f();\n" * 71 + "  }\n};\n"),
]

GOOD = [
    ("domain's own and pure chassis", "customer-svc/domain/a.cc",
     '#include <vector>\n#include "chassis/base/money.h"\n#include "chassis/filter/filter.h"\n'
     '#include "customer-svc/domain/rfm.h"'),
    ("store sees domain and storage", "customer-svc/store/a.cc",
     '#include "chassis/storage/statement.h"\n#include "customer-svc/domain/order.h"\n'
     'f("SELECT id FROM orders WHERE id = ?");'),
    ("rpc sees protos, store, domain", "customer-svc/rpc/a.cc",
     '#include "regulars/customer/v1/order.pb.h"\n#include "customer-svc/store/orders.h"\n'
     'f("select one of the orders by name");'),
    ("storage is where SQLite is", "chassis/storage/a.cc",
     '#include <soci/soci.h>\n#include <sqlite3.h>\nf("PRAGMA user_version");'),
    ("the scheme of --store", "chassis/server/a.cc", 'f("sqlite:customer.db");'),
    ("comments", "customer-svc/rpc/a.cc", '// "SELECT id FROM x" in sqlite\n/* #include <sqlite3.h>\n*/'),
    ("a comment in a string is none", "customer-svc/rpc/a.cc", 'f("http://x");'),
    ("digit separators are no literals", "customer-svc/rpc/a.cc",
     "int a = 1'000; // it's \"SELECT x\"\nint b = 0xffff'ffff;"),
    ("70 lines", "chassis/base/a.cc", "int F() {\n" + "  f();\n" * 68 + "}\n"),
    ("a long class of short functions", "chassis/base/a.h",
     "class A {\n" + "  int f() { return 1; }\n" * 100 + "};\n"),
    ("a long table", "chassis/base/a.cc", "constexpr Row kRows[] = {\n" + '  {"a", 1},\n' * 100 + "};\n"),
    ("a test of SQL", "chassis/filter/sql_test.cc", "#include <sqlite3.h>\nsqlite3_open(x);"),
    ("a faulty disk", "chassis/testing/fault_vfs.cc", "#include <sqlite3.h>\nsqlite3_vfs vfs;"),
    ("a test that looks into tables", "customer-svc/rpc/a_test.cc", 'f("SELECT COUNT(*) FROM x");'),
    ("a benchmark's raw program", "bench/raw.cc", "#include <sqlite3.h>"),
]


class LayeringTest(unittest.TestCase):
    def test_every_bad_row_is_found(self):
        for rule, path, text in BAD:
            with self.subTest(rule=rule, path=path, text=text[:40]):
                messages = [message for _, message in layering.check_file(path, text)]
                self.assertTrue(any(message.startswith(rule) for message in messages), messages)

    def test_every_rule_has_a_bad_row(self):
        proven = {rule for rule, _, _ in BAD}
        self.assertEqual({rule.name for rule in layering.ROWS} - proven, set())

    def test_no_good_row_is_found(self):
        for name, path, text in GOOD:
            with self.subTest(name):
                self.assertEqual(list(layering.check_file(path, text)), [])

    def test_lines_are_counted_through_comments_and_strings(self):
        text = '/* one\ntwo */\nf(R"(three\nfour)");\n\nf("SELECT x");'
        self.assertEqual([line for line, _ in layering.check_file("gateway/rpc/a.cc", text)], [6])

    def test_the_script_fails_on_an_untracked_file(self):
        with tempfile.TemporaryDirectory() as folder:
            subprocess.run(["git", "init", "-q", folder], check=True)
            command = [sys.executable, layering.__file__, folder]
            self.assertEqual(subprocess.run(command, capture_output=True).returncode, 0)
            path = pathlib.Path(folder) / "chassis" / "a.cc"
            path.parent.mkdir()
            path.write_text('#include "gateway/x.h"\n')
            ended = subprocess.run(command, capture_output=True, text=True)
            self.assertEqual(ended.returncode, 1)
            self.assertIn("chassis/a.cc:1: the chassis includes no service", ended.stdout)


if __name__ == "__main__":
    unittest.main()
