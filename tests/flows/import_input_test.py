#!/usr/bin/env python3
"""What files get that are not what they should be: refused as a whole with a reason, or line by
line with the line's number and reason, the good lines kept. Uploaded through the gateway."""

import codecs
import gzip
import os
import sys
import time
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import real_shop  # noqa: E402
from raw_http import Connection, request  # noqa: E402
from regulars import Regulars, RegularsTest  # noqa: E402

MIB = 1 << 20
IMPORT = "/api/customer/v1/orders:import"
HEADER = "receipt_number,time,item,quantity,unit_price,description\n"
GOOD = "{},2026-01-02 03:04:05,lamp,2,1.50,Lämp\n"
LINE = "7,2026-01-02 03:04:05,lamp,2,1.50,x\n"
PEAK_DIFFERENCE_MB = 10
UPLOAD_LIMIT_S = 300

# name: (file, what the query has beside the source, HTTP status, reason or None for any)
REFUSED_FILES = {
    "empty": (b"", {}, 400, "EMPTY_FILE"),
    "line ends only": (b"\n\n\n", {}, 400, None),
    "no such columns": (b"a,b,c\n1,2,3\n", {}, 400, "MISSING_COLUMN"),
    "a column missing": ((HEADER.replace("item,", "") + LINE).encode(), {}, 400, "MISSING_COLUMN"),
    "a column twice": ((HEADER.replace("description", "item") + LINE).encode(), {}, 400,
                       "DUPLICATE_COLUMN"),
    "a spreadsheet": (b"PK\x03\x04\x14\x00\x06\x00\x08\x00" + bytes(range(256)) * 40, {}, 400,
                      "NOT_TEXT"),
    "packed": (gzip.compress((HEADER + LINE * 100).encode()), {}, 400, "NOT_TEXT"),
    "NULs": (bytes(100_000), {}, 400, "NOT_TEXT"),
    "UTF-16 without a mark": ((HEADER + LINE).encode("utf-16-le"), {}, 400, "NOT_TEXT"),
    "no line end in 3 MiB": (b"x" * 3 * MIB, {}, 400, None),
    "a quote never closed": (b'"' + (HEADER + LINE * 100).encode(), {}, 400, None),
    "100,000 columns": (b"x," * 100_000 + b"\n", {}, 400, None),
    "unknown charset": (LINE.encode(), {"options.csv.charset": "klingon"}, 400, "UNKNOWN_CHARSET"),
    "unknown time zone": (LINE.encode(), {"options.csv.timeZone": "Mars/Base"}, 400, None),
    "unknown option": (LINE.encode(), {"options.colour": "red"}, 400, None),
    "unknown target of a column": ((HEADER + LINE).encode(), {"options.columns": "x=colour"}, 400,
                                   "UNKNOWN_FIELD"),
    "unknown currency": ((HEADER + LINE).encode(), {"options.currencyCode": "XQQ"}, 400, None),
    "unknown profile": ((HEADER + LINE).encode(), {"options.source": [], "profile":
                                                   "importProfiles/none"}, 404,
                        "IMPORT_PROFILE_NOT_FOUND"),
    "no source": ((HEADER + LINE).encode(), {"options.source": []}, 400, None),
}

# Other ways to write the same file. name: (bytes, query)
WELL_WRITTEN = {
    "plain": (lambda text: text.encode(), {}),
    "byte order mark": (lambda text: codecs.BOM_UTF8 + text.encode(), {}),
    "UTF-16 LE": (lambda text: codecs.BOM_UTF16_LE + text.encode("utf-16-le"), {}),
    "UTF-16 BE": (lambda text: codecs.BOM_UTF16_BE + text.encode("utf-16-be"), {}),
    "Latin 1": (lambda text: text.encode("latin-1"), {"options.csv.charset": "iso-8859-1"}),
    "CRLF": (lambda text: text.replace("\n", "\r\n").encode(), {}),
    "CR": (lambda text: text.replace("\n", "\r").encode(), {}),
    "mixed line ends": (lambda text: text.replace("\n", "\r\n", 1).encode(), {}),
    "no line end at the end": (lambda text: text.rstrip("\n").encode(), {}),
    "empty lines": (lambda text: text.replace("\n", "\n\n").encode(), {}),
    "semicolons": (lambda text: text.replace(",", ";").encode(), {}),
    "tabs": (lambda text: text.replace(",", "\t").encode(), {}),
    "bars": (lambda text: text.replace(",", "|").encode(), {"options.csv.delimiter": "|"}),
    "quotes": (lambda text: text.replace("lamp", '"lamp"').replace("Lämp", '"Lämp"').encode(),
               {}),
}

# name: (line, reason)
REFUSED_LINES = {
    "fields missing": ("7,2026-01-02 03:04:05,lamp\n", "RAGGED_LINE"),
    "a field too many": (LINE.replace(",x", ",x,y"), "RAGGED_LINE"),
    "quantity in words": (LINE.replace(",2,", ",two,"), "INVALID_NUMBER"),
    "quantity NaN": (LINE.replace(",2,", ",nan,"), "INVALID_NUMBER"),
    "quantity 1e3": (LINE.replace(",2,", ",1e3,"), "INVALID_NUMBER"),
    "quantity with thousands": (LINE.replace(",2,", ',"1,000",'), "INVALID_NUMBER"),
    "quantity over 64 bits": (LINE.replace(",2,", ",99999999999999999999,"), None),
    "amount over 64 bits": (LINE.replace(",2,1.50", ",9000000000000,9000000000000"), None),
    "negative quantity": (LINE.replace(",2,", ",-2,"), "NEGATIVE_QUANTITY"),
    "negative price": (LINE.replace("1.50", "-1.50"), "NEGATIVE_PRICE"),
    "seven decimals": (LINE.replace("1.50", "1.0000001"), "INVALID_NUMBER"),
    "no time": (LINE.replace("2026-01-02 03:04:05", ""), "INVALID_TIME"),
    "30 February": (LINE.replace("01-02", "02-30"), "INVALID_TIME"),
    "the year 2999": (LINE.replace("2026", "2999"), None),
    "no item": (LINE.replace("lamp", ""), None),
    "no receipt": (LINE[1:], None),
    "item too long": (LINE.replace("lamp", "l" * 101), None),
    "control character": (LINE.replace("lamp", "la\x01mp"), None),
}


class ImportInputTest(RegularsTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.shop = real_shop.Shop(cls.suite)

    def tearDown(self):
        """Whatever came: everybody is served, and no file is left behind."""
        self.assert_healthy()
        self.wait_for_empty_spool()

    def wait_for_empty_spool(self):
        spool = self.suite.folder / "customer.db.spool"
        self.shop.wait(lambda: not list(spool.iterdir()))

    def upload(self, data, query):
        return self.suite.call("POST", IMPORT, data, query={"options.source": "till", **query})

    def report(self, data, **query):
        status, operation = self.upload(data, query)
        self.assertEqual(status, 200, operation)
        done = self.shop.result(operation)
        return done["name"], done["report"]

    def test_files_refused_as_a_whole(self):
        before = self.shop.head_position()
        for name, (data, query, status, reason) in REFUSED_FILES.items():
            with self.subTest(name):
                seen, reply = self.upload(data, query)
                self.assertEqual(seen, status, reply)
                if reason:
                    self.assertEqual(reply["error"]["details"][0]["reason"], reason)
        self.assertEqual(self.shop.head_position(), before)

    def test_the_same_file_in_other_words(self):
        operations = []
        for i, (write, query) in enumerate(WELL_WRITTEN.values()):
            status, operation = self.upload(write(HEADER + GOOD.format(f"w{i}")), query)
            self.assertEqual(status, 200, operation)
            operations.append(operation)
        for i, (name, operation) in enumerate(zip(WELL_WRITTEN, operations)):
            with self.subTest(name):
                report = self.shop.result(operation)["report"]
                self.assertEqual((report["linesRead"], report["linesStored"]), ("1", "1"), report)
                order = self.shop.call("GET", "/orders:lookup", query={
                    "source": "till", "receiptNumber": f"w{i}"})
                self.assertEqual((order["lines"][0]["item"], order["lines"][0]["description"],
                                  order["totals"]["amount"]["micros"]), ("lamp", "Lämp", "3000000"))

    def test_quotes_delimiters_and_line_ends_in_fields(self):
        text = 'A "lamp",\r\nwith\nlight'
        quoted = '"' + text.replace('"', '""') + '"'
        _, report = self.report((HEADER + LINE.replace(",x", "," + quoted) + LINE).encode())
        self.assertEqual((report["linesRead"], report["linesStored"]), ("2", "2"), report)
        order = self.shop.call("GET", "/orders:lookup", query={
            "source": "till", "receiptNumber": "7"})
        self.assertEqual(order["lines"][0]["description"], text)

    def test_refused_lines(self):
        """Each has its number and reason; the good ones around it are kept."""
        text = HEADER + "".join(GOOD.format(f"r{i}") + line
                                for i, (line, _) in enumerate(REFUSED_LINES.values()))
        imported, report = self.report(text.encode())
        count = len(REFUSED_LINES)
        self.assertEqual((int(report["linesRead"]), report["ordersCreated"]),
                         (2 * count, str(count)), report)
        refusals = {int(each["lineNumber"]): each for each in self.shop.call(
            "GET", f"/{imported}/refusals")["refusals"]}
        for i, (name, (line, reason)) in enumerate(REFUSED_LINES.items()):
            with self.subTest(name):
                refusal = refusals.pop(2 * i + 3)
                self.assertEqual(refusal["text"], line.rstrip("\n"))
                self.assertEqual(refusal["reason"], reason or refusal["reason"])
                self.assertTrue(refusal["message"])
        self.assertEqual(refusals, {})

    def test_bytes_that_are_no_text(self):
        bad = LINE.encode().replace(b",x", b",\xff\xfe")
        _, report = self.report(HEADER.encode() + GOOD.format("b").encode() + bad)
        self.assertEqual((report["linesStored"], report["linesRefused"]), ("1", "1"), report)
        self.assertEqual(report["refused"][0]["reason"], "INVALID_ENCODING")

    def test_a_dry_run_keeps_nothing(self):
        before = self.shop.head_position()
        _, report = self.report((HEADER + GOOD.format("dry") + "x\n").encode(), dryRun="true")
        self.assertEqual((report["linesStored"], report["linesRefused"], report["ordersCreated"]),
                         ("1", "1", "1"))
        self.assertEqual(self.shop.head_position(), before)

    def test_a_form_is_no_file(self):
        """What curl -F sends: the answer says how to send it."""
        form = (b"--x\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\n" +
                (HEADER + LINE).encode() + b"\r\n--x--\r\n")
        with Connection(self.suite.http_port) as connection:
            connection.send(request("POST", IMPORT + "?options.source=till", headers=[
                f"Authorization: Bearer {self.suite.admin_token}",
                "Content-Type: multipart/form-data; boundary=x",
                f"Content-Length: {len(form)}"]) + form)
            answer = connection.answer()
        self.assertEqual((answer.status, answer.reason), (415, "UNSUPPORTED_ENCODING"))
        self.assertIn("--data-binary", answer.body.decode())

    def test_half_sent_files(self):
        token = f"Authorization: Bearer {self.suite.admin_token}"
        target = IMPORT + "?options.source=till"
        for size in (0, 10, 100_000, 600_000):
            with Connection(self.suite.http_port) as connection:
                connection.send(request("POST", target, headers=[
                    token, "Content-Type: text/csv", f"Content-Length: {MIB}"]))
                connection.send((HEADER + LINE * 20_000).encode()[:size])
        self.wait_for_empty_spool()
        self.assertEqual(self.shop.call("GET", "/imports", query={
            "filter": "state = RUNNING"}).get("imports", []), [])


class LargeFileTest(unittest.TestCase):
    """Memory does not follow the size of files, whether they are taken or refused."""

    def send(self, suite, size, head=HEADER):
        """Sends a file of order lines in chunks until it ends or is refused; the answer."""
        token = f"Authorization: Bearer {suite.admin_token}"
        block = (LINE * (MIB // len(LINE))).encode()
        chunk = b"%x\r\n%s\r\n" % (len(block), block)
        with Connection(suite.http_port, UPLOAD_LIMIT_S) as connection:
            connection.send(request("POST", IMPORT + "?options.source=till&dryRun=true", headers=[
                token, "Content-Type: text/csv", "Transfer-Encoding: chunked"]))
            connection.send(b"%x\r\n%s\r\n" % (len(head), head.encode()))
            for _ in range(size // MIB):
                if not connection.send(chunk):
                    break
            connection.send(b"0\r\n\r\n")
            return connection.answer()

    def assert_taken(self, suite, size):
        """All lines are of one receipt, and so refused, each with its place in the report."""
        answer = self.send(suite, size)
        self.assertEqual(answer.status, 200, answer.body)
        report = real_shop.Shop(suite).result(answer.json)["report"]
        self.assertGreater(int(report["linesRefused"]), size // MIB * 20_000)

    def assert_refused(self, suite, size, reason, head=HEADER):
        begin = time.monotonic()
        answer = self.send(suite, size, head)
        print(f"{size >> 20} MiB refused after {time.monotonic() - begin:.0f} s")
        self.assertIn(answer.status, (400, 413), answer.body)
        self.assertEqual(answer.reason, reason)

    def assert_no_more(self, suite, before):
        peaks = self.peaks_mb(suite)
        print(f"peaks {before}, now {peaks}")
        for peak, earlier in zip(peaks, before):
            self.assertLess(peak - earlier, PEAK_DIFFERENCE_MB)
        spool = suite.folder / "customer.db.spool"
        real_shop.Shop(suite).wait(lambda: not list(spool.iterdir()))

    def peaks_mb(self, suite):
        return [process.peak_mb() for process in (suite.gateway, suite.customer)]

    def test_large_files(self):
        """One that is refused when it is whole adds nothing to what a small one took."""
        with Regulars() as suite:
            self.assert_taken(suite, 5 * MIB)
            before = self.peaks_mb(suite)
            self.assert_refused(suite, 200 * MIB, "MISSING_COLUMN", head="nothing,here\n")
            self.assert_no_more(suite, before)

    def test_files_of_gigabytes(self):
        """One given by mistake, and one as large as may be."""
        with Regulars() as suite:
            self.assert_taken(suite, 50 * MIB)
            before = self.peaks_mb(suite)
            self.assert_refused(suite, 5 << 30, "FILE_TOO_LARGE")
            self.assert_no_more(suite, before)
            # The peak of a long import is that of more moments: 90 MB, 96 MB for 400 MiB, 98 MB here.
            self.assert_taken(suite, 200 * MIB)
            before = self.peaks_mb(suite)
            self.assert_taken(suite, 1900 * MIB)
            self.assert_no_more(suite, before)

    test_files_of_gigabytes.slow = True


if __name__ == "__main__":
    unittest.main()
