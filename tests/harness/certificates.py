"""An authority of the tests' own, and certificates by it, in the forms that servers, drivers and Cassandra want."""

from __future__ import annotations

import subprocess
from pathlib import Path

PASSWORD = "cassandra"


def run(*words: str | Path) -> None:
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True)
    assert done.returncode == 0, f"{words[0]}: {done.stdout}\n{done.stderr}"


class Authority:
    def __init__(self, directory: Path, name: str = "authority"):
        directory.mkdir(parents=True, exist_ok=True)
        self.directory = directory
        self.certificate = directory / f"{name}.pem"
        self._key = directory / f"{name}.key"
        run("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN={name}",
            "-keyout", self._key, "-out", self.certificate)

    def issue(self, name: str, address: str = "127.0.0.1") -> tuple[Path, Path]:
        """A certificate for an address and for `localhost`, and its key, as PEM."""
        certificate, key, request = (self.directory / f"{name}.{kind}" for kind in ("pem", "key", "csr"))
        run("openssl", "req", "-newkey", "rsa:2048", "-nodes", "-subj", f"/CN={name}", "-addext",
            f"subjectAltName=IP:{address},DNS:localhost", "-keyout", key, "-out", request)
        run("openssl", "x509", "-req", "-days", "2", "-in", request, "-CA", self.certificate, "-CAkey", self._key,
            "-CAcreateserial", "-copy_extensions", "copy", "-out", certificate)
        return certificate, key

    def key_store(self, name: str, address: str) -> Path:
        certificate, key = self.issue(name, address)
        packed, store = self.directory / f"{name}.p12", self.directory / f"{name}.jks"
        run("openssl", "pkcs12", "-export", "-in", certificate, "-inkey", key, "-name", name, "-passout", f"pass:{PASSWORD}",
            "-out", packed)
        run("keytool", "-importkeystore", "-noprompt", "-srckeystore", packed, "-srcstoretype", "PKCS12", "-srcstorepass",
            PASSWORD, "-destkeystore", store, "-deststorepass", PASSWORD)
        return store

    def trust_store(self) -> Path:
        store = self.certificate.with_suffix(".trust.jks")
        run("keytool", "-importcert", "-noprompt", "-alias", "authority", "-file", self.certificate, "-keystore", store,
            "-storepass", PASSWORD)
        return store
