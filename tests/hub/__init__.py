"""A loopback Hub: the endpoints that the real `huggingface_hub` and `datasets` use, faithful to what they observe.

No server that speaks the Hub's upload API can be installed from a package index, so the tests bring one. It holds
repositories in memory, speaks LFS or xet, knows several users, and fails on demand: any route, any status, a
connection cut before or after the server has done what was asked. `python -m tests.hub` starts it by hand.
"""

from tests.hub.server import Answer, Fault, Hub, Request
from tests.hub.store import User

__all__ = ["Answer", "Fault", "Hub", "Request", "User"]
