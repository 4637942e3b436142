"""Tests of the suites that can't pass on a gateway, by suite: the test or the file, and why."""

from __future__ import annotations

LEFT_OUT: dict[str, dict[str, str]] = {
    "drivers": {
        "test_prepared.py::test_now_in_seconds": "the driver behind has no place for it",
        "test_system_views.py::test_estimates": "size_estimates are a node's, which makes them every five minutes",
        "test_large_requests.py::test_a_blob_of_many_mebibytes": "the nodes take requests of 16 MiB at most",
        "test_large_requests.py::test_deep_texts": "what can't be read here is the cluster's to refuse: StackOverflowError",
        "test_long_numbers.py": "numbers in statements without functions of ours are the cluster's to reckon with",
    },
}
