"""A connection by hand: frames of version 4, one after the other."""

from __future__ import annotations

import socket
import struct

STARTUP, OPTIONS, QUERY, PREPARE, REGISTER, AUTH_RESPONSE = 0x01, 0x05, 0x07, 0x09, 0x0B, 0x0F
NAMES = {0x00: "ERROR", 0x02: "READY", 0x03: "AUTHENTICATE", 0x06: "SUPPORTED", 0x08: "RESULT", 0x10: "AUTH_SUCCESS"}


def string(text: str) -> bytes:
    return struct.pack(">H", len(text)) + text.encode()


def token(body: bytes | None) -> bytes:
    return struct.pack(">i", -1) if body is None else struct.pack(">i", len(body)) + body


def credentials(role: str, password: str) -> bytes:
    return token(f"\0{role}\0{password}".encode())


STARTUP_BODY = struct.pack(">H", 1) + string("CQL_VERSION") + string("3.0.0")


def query(text: str) -> bytes:
    return struct.pack(">I", len(text)) + text.encode() + struct.pack(">HB", 1, 0)


class RawLogin:
    def __init__(self, host: str, port: int):
        self.socket = socket.create_connection((host, port), timeout=20)

    def send(self, opcode: int, body: bytes = b"", version: int = 4) -> None:
        self.socket.sendall(struct.pack(">BBhBI", version, 0, 1, opcode, len(body)) + body)

    def receive(self) -> str:
        """The answer's name; of an error also its code and text; CLOSED at the end."""
        header = self._read(9)
        if len(header) < 9:
            return "CLOSED"
        body = self._read(struct.unpack(">I", header[5:])[0])
        if header[4] != 0:
            return NAMES[header[4]]
        code, size = struct.unpack(">iH", body[:6])
        return f"{code:#06x} {body[6:6 + size].decode()}"

    def ask(self, opcode: int, body: bytes = b"") -> str:
        self.send(opcode, body)
        return self.receive()

    def close(self) -> None:
        self.socket.close()

    def _read(self, count: int) -> bytes:
        data = b""
        while len(data) < count:
            part = self.socket.recv(count - len(data))
            if not part:
                break
            data += part
        return data
