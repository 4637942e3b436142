"""The tests that the modules of every toolchain have in common."""

from __future__ import annotations

import pytest

import promises


class EveryToolchain:
    """A subclass has the fixture `module`."""

    @pytest.mark.parametrize("null", ["CALLED", "RETURNS NULL"])
    def test_every_type(self, module, null):
        promises.every_type(module, null)

    def test_nulls(self, module):
        promises.nulls(module)

    def test_calls(self, module):
        promises.calls(module)

    def test_everywhere(self, module):
        promises.everywhere(module)

    def test_panic(self, module):
        promises.panic(module)

    def test_large_results(self, module):
        promises.large_results(module)

    def test_spellings(self, module):
        promises.spellings(module)

    def test_million_rows(self, module):
        promises.million_rows(module)
