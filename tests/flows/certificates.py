"""Certificates that tests make for themselves, by the openssl command."""

import shutil
import subprocess
import unittest

EC = ("ec", "-pkeyopt", "ec_paramgen_curve:P-256")
RSA = ("rsa:2048",)


def make_certificate(folder, name, kind=EC):
    """A certificate for 127.0.0.1 that is its own authority: (its file, that of its key)."""
    if not shutil.which("openssl"):
        raise unittest.SkipTest("needs openssl")
    certificate, key = folder / f"{name}.pem", folder / f"{name}.key"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", *kind, "-nodes", "-days", "2", "-subj",
         "/CN=regulars", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out",
         certificate], check=True, capture_output=True)
    return certificate, key
