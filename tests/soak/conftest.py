"""The nodes of the fault tests."""

from tests.faults.conftest import nodes, nodes_on

__all__ = ["nodes", "nodes_on"]
