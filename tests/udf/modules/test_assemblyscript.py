"""Modules by AssemblyScript 0.28, whose strings pass through UTF-16 and its garbage collector."""

from __future__ import annotations

import pytest

import promises
from every_toolchain import EveryToolchain
from harness.toolchains import modules


class TestAssemblyScript(EveryToolchain):
    @pytest.fixture
    def module(self, session, server, keyspace):
        return promises.Module(session, server, keyspace, modules("assemblyscript")["version_2"])
