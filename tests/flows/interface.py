"""The public interface as the protos declare it, for tests that call it by gRPC.

    interface = Interface()
    reply = interface.call(channel, "regulars.customer.v1.CustomerService.GetCustomer",
                           {"name": "customers/…"}, token)

Messages are dicts in the protobuf JSON form, as over HTTP.
"""

import functools
import os
import subprocess
import tempfile
from dataclasses import dataclass

import grpc
from google.protobuf import descriptor_pb2, descriptor_pool, json_format, message_factory

from process import ROOT

# Debian's google/protobuf must win over the copy in the npm package, so it is named first.
PROTO_PATHS = ["/usr/include", ROOT / "protos", ROOT / "build/npm/google-gax/build/protos"]
EXTRA_PROTOS = ["google/longrunning/operations.proto", "google/rpc/error_details.proto"]
CALL_LIMIT_S = 60


@dataclass(frozen=True)
class Method:
    full_name: str  # "regulars.customer.v1.CustomerService.GetCustomer"
    scope: str  # As declared; "" where nothing is.
    http: object  # Its google.api.HttpRule, or None.
    client_streaming: bool
    server_streaming: bool
    request: object  # Classes of messages.
    response: object

    @property
    def path(self):
        service, name = self.full_name.rsplit(".", 1)
        return f"/{service}/{name}"


def compile_protos():
    """All protos with what they import, as descriptors."""
    protos = sorted(path.relative_to(ROOT / "protos")
                    for path in ROOT.glob("protos/regulars/**/*.proto"))
    with tempfile.TemporaryDirectory() as folder:
        output = os.path.join(folder, "set")
        subprocess.run(["protoc", *(f"-I{path}" for path in PROTO_PATHS), "--include_imports",
                        f"--descriptor_set_out={output}", *EXTRA_PROTOS, *protos], check=True)
        with open(output, "rb") as file:
            return descriptor_pb2.FileDescriptorSet.FromString(file.read())


class Interface:
    def __init__(self):
        self._files = compile_protos().file
        self.pool = descriptor_pool.DescriptorPool()
        for file in self._files:
            self.pool.Add(file)
        self._factory = message_factory.MessageFactory(self.pool)
        # Options are read again with this pool's class, which knows the extensions.
        self._options = self.message("google.protobuf.MethodOptions")
        self._scope, self._http = map(self.pool.FindExtensionByName,
                                      ("regulars.type.v1.scope", "google.api.http"))
        self.message("google.api.HttpRule")

    def message(self, full_name):
        return self._factory.GetPrototype(self.pool.FindMessageTypeByName(full_name))

    @functools.cached_property
    def methods(self):
        """All methods by full name."""
        found = {}
        for file in self._files:
            for service in self.pool.FindFileByName(file.name).services_by_name.values():
                for method in service.methods:
                    found[method.full_name] = self._describe(method)
        return found

    def _describe(self, method):
        proto = descriptor_pb2.MethodDescriptorProto()
        method.CopyToProto(proto)
        options = self._options.FromString(method.GetOptions().SerializeToString())
        return Method(
            method.full_name, options.Extensions[self._scope],
            options.Extensions[self._http] if options.HasExtension(self._http) else None,
            proto.client_streaming, proto.server_streaming,
            *map(self._factory.GetPrototype, (method.input_type, method.output_type)))

    def call(self, channel, full_name, request, token="", limit_s=CALL_LIMIT_S):
        """One call with one request. A dict, or a list of dicts where the server streams. Raises
        grpc.RpcError."""
        method = self.methods[full_name]
        kind = ("stream" if method.client_streaming else "unary",
                "stream" if method.server_streaming else "unary")
        stub = getattr(channel, "_".join(kind))(
            method.path, request_serializer=method.request.SerializeToString,
            response_deserializer=method.response.FromString)
        message = json_format.ParseDict(request, method.request(), descriptor_pool=self.pool)
        metadata = [("authorization", f"Bearer {token}")] if token else []
        reply = stub(iter([message]) if method.client_streaming else message, timeout=limit_s,
                     metadata=metadata)
        return [self.to_dict(each) for each in reply] if method.server_streaming \
            else self.to_dict(reply)

    def to_dict(self, message):
        return json_format.MessageToDict(message, descriptor_pool=self.pool)

    def refusal(self, error):
        """The status code's name and the reason of a grpc.RpcError."""
        details = dict(error.trailing_metadata() or ()).get("grpc-status-details-bin", b"")
        status = self.message("google.rpc.Status").FromString(details)
        for detail in status.details:
            if detail.TypeName() == "google.rpc.ErrorInfo":
                return error.code().name, self.message("google.rpc.ErrorInfo").FromString(
                    detail.value).reason
        return error.code().name, ""


def outcome(interface, channel, full_name, request, token, limit_s=CALL_LIMIT_S):
    """(code, reason, reply) of a call: ("OK", "", …) or that of the refusal."""
    try:
        return "OK", "", interface.call(channel, full_name, request, token, limit_s)
    except grpc.RpcError as error:
        return *interface.refusal(error), None
