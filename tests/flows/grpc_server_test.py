#!/usr/bin/env python3
"""What every process answers by gRPC besides its own methods (health, reflection), and how one
ends: what is under way is answered within 10 seconds or broken off, and nothing new is taken.
"""

import contextlib
import os
import pathlib
import queue
import resource
import socket
import subprocess
import sys
import tempfile
import time
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import grpc  # noqa: E402
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory  # noqa: E402

from interface import Interface  # noqa: E402
from process import END_LIMIT_S  # noqa: E402
from regulars import Regulars, RegularsTest  # noqa: E402

CALL_LIMIT_S = 60
DRAIN_S = 10
# Left alone, a read waits for 10 s, and so does the end for a stream.
WAKE_LIMIT_S = 8
GET_SETTINGS = "regulars.customer.v1.SettingsService.GetCompanySettings"
IMPORT = "regulars.customer.v1.ImportService.ImportOrderLines"
FEW_FILES = 160
LOST_LIMIT_S = 120
HEADER = "receipt_number,time,item,quantity,unit_price\n"
LINES = 20

# As gRPC defines them; Debian's Python has neither.
PROTOS = {
    "health.proto": """
        syntax = "proto3";
        package grpc.health.v1;
        message HealthCheckRequest { string service = 1; }
        message HealthCheckResponse {
          enum ServingStatus { UNKNOWN = 0; SERVING = 1; NOT_SERVING = 2; SERVICE_UNKNOWN = 3; }
          ServingStatus status = 1;
        }""",
    "reflection.proto": """
        syntax = "proto3";
        package grpc.reflection.v1alpha;
        message ServerReflectionRequest {
          string host = 1;
          oneof message_request { string file_containing_symbol = 4; string list_services = 7; }
        }
        message FileDescriptorResponse { repeated bytes file_descriptor_proto = 1; }
        message ServiceResponse { string name = 1; }
        message ListServiceResponse { repeated ServiceResponse service = 1; }
        message ErrorResponse { int32 error_code = 1; string error_message = 2; }
        message ServerReflectionResponse {
          oneof message_response {
            FileDescriptorResponse file_descriptor_response = 4;
            ListServiceResponse list_services_response = 6;
            ErrorResponse error_response = 7;
          }
        }"""}
SERVING, NOT_SERVING = 1, 2


def classes():
    """The messages of PROTOS by their names, which are unique."""
    with tempfile.TemporaryDirectory() as folder:
        for name, text in PROTOS.items():
            (pathlib.Path(folder) / name).write_text(text)
        subprocess.run(["protoc", f"-I{folder}", f"--descriptor_set_out={folder}/set", *PROTOS],
                       check=True)
        files = descriptor_pb2.FileDescriptorSet.FromString(
            (pathlib.Path(folder) / "set").read_bytes()).file
    pool = descriptor_pool.DescriptorPool()
    for file in files:
        pool.Add(file)
    factory = message_factory.MessageFactory(pool)
    return {message.name: factory.GetPrototype(
                pool.FindMessageTypeByName(f"{file.package}.{message.name}"))
            for file in files for message in file.message_type}


class Server:
    """What gRPC itself answers at a channel."""

    def __init__(self, channel):
        self._channel = channel
        self._classes = classes()

    def _stub(self, kind, path, request, response):
        return getattr(self._channel, kind)(
            path, request_serializer=self._classes[request].SerializeToString,
            response_deserializer=self._classes[response].FromString)

    def health(self, service=""):
        check = self._stub("unary_unary", "/grpc.health.v1.Health/Check", "HealthCheckRequest",
                           "HealthCheckResponse")
        return check(self._classes["HealthCheckRequest"](service=service),
                     timeout=CALL_LIMIT_S).status

    def watch_health(self):
        """What health becomes, as it does."""
        watch = self._stub("unary_stream", "/grpc.health.v1.Health/Watch", "HealthCheckRequest",
                           "HealthCheckResponse")
        for reply in watch(self._classes["HealthCheckRequest"](), timeout=CALL_LIMIT_S):
            yield reply.status

    def reflect(self, **request):
        ask = self._stub("stream_stream",
                         "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
                         "ServerReflectionRequest", "ServerReflectionResponse")
        return next(ask(iter([self._classes["ServerReflectionRequest"](**request)]),
                        timeout=CALL_LIMIT_S))

    def listed(self):
        reply = self.reflect(list_services="*")
        return {each.name for each in reply.list_services_response.service}

    def described(self, service):
        """The methods of a service, as reflection describes them."""
        reply = self.reflect(file_containing_symbol=service).file_descriptor_response
        files = map(descriptor_pb2.FileDescriptorProto.FromString, reply.file_descriptor_proto)
        return {f"{service}.{method.name}" for file in files for each in file.service
                if f"{file.package}.{each.name}" == service for method in each.method}


class EveryProcessTest(RegularsTest):
    def test_health_says_that_it_serves(self):
        for name, process in self.suite.processes.items():
            with self.subTest(name):
                server = Server(self.suite.channel(process))
                self.assertEqual(server.health(), SERVING)
                with self.assertRaises(grpc.RpcError) as refusal:
                    server.health("regulars.nonsense.v1.NonsenseService")
                self.assertEqual(refusal.exception.code(), grpc.StatusCode.NOT_FOUND)

    def test_reflection_lists_and_describes_its_services(self):
        declared = Interface().methods
        for name, process in self.suite.processes.items():
            with self.subTest(name):
                own = f"regulars.{name.removesuffix('-svc').replace('gateway', 'access')}.v1."
                server = Server(self.suite.channel(process))
                listed = server.listed()
                self.assertLessEqual({"grpc.health.v1.Health", "regulars.admin.v1.AdminService"},
                                     listed)
                self.assertEqual({each for each in listed if each.startswith(own)},
                                 {method.rpartition(".")[0] for method in declared
                                  if method.startswith(own)})
                for service in listed:
                    if service.startswith("regulars."):
                        self.assertEqual(server.described(service), {
                            method for method in declared
                            if method.rpartition(".")[0] == service})


class Upload:
    """An import of order lines that is sent piece by piece."""

    def __init__(self, interface, channel, token, text):
        self._pieces = queue.SimpleQueue()
        method = interface.methods[IMPORT]
        self._make = method.request
        self.reply = channel.stream_unary(
            method.path, request_serializer=method.request.SerializeToString,
            response_deserializer=method.response.FromString).future(
                iter(self._pieces.get, None), timeout=CALL_LIMIT_S,
                metadata=[("authorization", f"Bearer {token}")])
        first = self._make(file_name="drain.csv")
        first.options.source = "drain"
        first.file.data = text.encode()
        self._pieces.put(first)

    def send(self, text):
        piece = self._make()
        piece.file.data = text.encode()
        self._pieces.put(piece)

    def finish(self):
        self._pieces.put(None)


class EndTest(unittest.TestCase):
    def setUp(self):
        # It follows the other, so that reads may wait for what that one will never say.
        self.suite = self.enterContext(Regulars(services=["customer", "loyalty"]))
        self.interface = Interface()
        self.process = self.suite.customer
        self.channel = self.suite.channel(self.process)
        self.token = self.suite.admin_token

    def wait_until(self, condition, what):
        deadline = time.monotonic() + CALL_LIMIT_S
        while not condition():
            self.assertLess(time.monotonic(), deadline, what)
            time.sleep(0.01)

    def ask(self, channel):
        """What a short call is answered: a status code."""
        try:
            self.interface.call(channel, GET_SETTINGS, {"name": "companySettings"}, self.token)
            return grpc.StatusCode.OK
        except grpc.RpcError as error:
            return error.code()

    def begin_upload(self):
        """Begins one, and waits until the process has some of it."""
        spool = self.suite.folder / "customer.db.spool"
        before = len(list(spool.iterdir()))
        upload = Upload(self.interface, self.channel, self.token, HEADER)
        self.wait_until(lambda: len(list(spool.iterdir())) > before, "the upload has not begun")
        return upload

    def begin_waiting_read(self):
        """Asks for what comes after an event of loyalty-svc that will never be."""
        method = self.interface.methods[GET_SETTINGS]
        read = self.channel.unary_unary(
            method.path, request_serializer=method.request.SerializeToString,
            response_deserializer=method.response.FromString)
        reply = read.future(
            method.request(name="companySettings"), timeout=CALL_LIMIT_S,
            metadata=[("authorization", f"Bearer {self.token}"),
                      ("regulars-after", "loyalty:1000000000")])
        # What is asked later by the same connection is answered, so it has come there.
        self.assertEqual({self.ask(self.channel) for _ in range(20)}, {grpc.StatusCode.OK})
        self.assertFalse(reply.done())
        return reply

    def assert_takes_nothing_new(self):
        with grpc.insecure_channel(f"127.0.0.1:{self.process.port()}") as another:
            for channel in (self.channel, another):
                self.wait_until(lambda each=channel: self.ask(each) == grpc.StatusCode.UNAVAILABLE,
                                "calls are still taken")
                self.assertEqual({self.ask(channel) for _ in range(5)},
                                 {grpc.StatusCode.UNAVAILABLE})

    def test_what_is_under_way_is_answered_or_broken_off_and_nothing_new_is_taken(self):
        finished, endless = self.begin_upload(), self.begin_upload()
        health = Server(self.channel).watch_health()
        self.assertEqual(next(health), SERVING)
        waiting = self.begin_waiting_read()
        self.process.end()
        begin = time.monotonic()
        # Whoever waits is told at once.
        self.assertEqual(next(health), NOT_SERVING)
        self.assertEqual(self.interface.refusal(waiting.exception(CALL_LIMIT_S)),
                         ("UNAVAILABLE", "NOT_FOLLOWED_YET"))
        self.assertLess(time.monotonic() - begin, WAKE_LIMIT_S)
        self.assertEqual(self.process.admin("/readyz"), (
            503, "not ready: the process is stopping\n"))
        self.assert_takes_nothing_new()
        # What had begun is taken to its end.
        finished.send("".join(f"{i},2026-01-02 03:04:05,item,1,1.50\n" for i in range(LINES)))
        finished.finish()
        operation = finished.reply.result(CALL_LIMIT_S).name
        self.assertTrue(self.process.running, "it has not waited for what is under way")
        # What does not end is broken off.
        self.assertEqual(self.process.wait(), 0)
        took_s = time.monotonic() - begin
        self.assertGreater(took_s, DRAIN_S - 1)
        self.assertLess(took_s, END_LIMIT_S)
        self.assertIn(endless.reply.exception(CALL_LIMIT_S).code(),
                      (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.CANCELLED))
        endless.finish()
        self.assert_nothing_is_lost(operation)

    def assert_nothing_is_lost(self, operation):
        """What was answered is done, if after a new start; of what was broken off nothing stays."""
        self.process.start()
        path = f"/api/customer/v1/{operation}"
        self.wait_until(lambda: self.suite.call("GET", path)[1].get("done"), "no end of the import")
        report = self.suite.ok("GET", path)["response"]["report"]
        self.assertEqual(report["linesStored"], str(LINES))
        self.assertEqual(list((self.suite.folder / "customer.db.spool").iterdir()), [])

    def test_those_who_follow_it_do_not_keep_it(self):
        """Their streams wait for news, and have no end of their own."""
        self.suite.wait_until_followed("loyalty")
        self.process.end()
        begin = time.monotonic()
        self.assertEqual(self.process.wait(), 0)
        self.assertLess(time.monotonic() - begin, WAKE_LIMIT_S)
        self.process.start()


class FilesTest(unittest.TestCase):
    """Each connection is a file of the process's."""

    def setUp(self):
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(512, hard), hard))
        self.addCleanup(resource.setrlimit, resource.RLIMIT_NOFILE, (soft, hard))
        self.suite = self.enterContext(Regulars(services=["customer"]))
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))

    def test_each_takes_as_many_as_it_may_have(self):
        for name, process in self.suite.processes.items():
            with self.subTest(name):
                soft, hard = process.file_limits()
                self.assertEqual(soft, hard)

    def test_one_that_has_run_out_ends(self):
        """gRPC takes no connection any more, also when there is room again."""
        process = self.suite.customer
        process.limit_files(FEW_FILES)
        with contextlib.ExitStack() as held:
            for _ in range(2 * FEW_FILES):
                held.enter_context(socket.create_connection(("127.0.0.1", process.port())))
        deadline = time.monotonic() + LOST_LIMIT_S
        while process.running:
            self.assertLess(time.monotonic(), deadline, process.log_tail())
            time.sleep(0.1)
        self.assertEqual(process.wait(), 1)
        [lost] = process.log_records(
            "the gRPC port takes no connections any more: the process ends")
        self.assertEqual(lost["level"], "error")
        process.start()

    test_one_that_has_run_out_ends.slow = True


if __name__ == "__main__":
    unittest.main()
