"""An embedded GitHub over a real repository, to rehearse and test the ceremony in.

It serves git over smart HTTP, and the REST operations and GraphQL fields that the ceremony uses, on
loopback; what goes over the wire is held against GitHub's own description of itself.
"""

from __future__ import annotations

from ceremony.sandbox.faults import Fault
from ceremony.sandbox.server import ContractBroken, Sandbox
from ceremony.sandbox.state import BranchRule, Dispatch, Project, Request

__all__ = [
    "BranchRule",
    "ContractBroken",
    "Dispatch",
    "Fault",
    "Project",
    "Request",
    "Sandbox",
]
