"""What the Python tests, the demo and the benchmark share: a server process, CQL scripts and the text form of results."""
