"""Certificates made by openssl: an authority of its own, and what it signs."""

from __future__ import annotations

import subprocess
from pathlib import Path


def _openssl(*words) -> None:
    subprocess.run(["openssl", *map(str, words)], check=True, capture_output=True)


class Authority:
    def __init__(self, directory: Path, name: str = "authority"):
        self._directory = directory
        self.certificate = directory / f"{name}.pem"
        self._key = directory / f"{name}.key"
        _openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", f"/CN={name}",
                 "-keyout", self._key, "-out", self.certificate)

    def sign(self, name: str, host: str = "localhost", address: str = "127.0.0.1") -> tuple[Path, Path]:
        """A certificate and its key, for that host and address."""
        request, certificate, key, extensions = (self._directory / f"{name}.{suffix}" for suffix in ("csr", "pem", "key", "ext"))
        extensions.write_text(f"subjectAltName=DNS:{host},IP:{address}\n")
        _openssl("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", f"/CN={name}", "-keyout", key, "-out", request)
        _openssl("x509", "-req", "-in", request, "-CA", self.certificate, "-CAkey", self._key, "-CAcreateserial", "-days", "2",
                 "-extfile", extensions, "-out", certificate)
        return certificate, key
