import subprocess
import sys

RAISED = """
import resource
from outcry.adapters.limits import raise_open_files, refuse_core_dumps
from outcry.gateway.express.port import connections_that_fit
hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
resource.setrlimit(resource.RLIMIT_NOFILE, (64, hard))
few = connections_that_fit(10_000)
assert raise_open_files() == hard == resource.getrlimit(resource.RLIMIT_NOFILE)[0]
refuse_core_dumps()
assert resource.getrlimit(resource.RLIMIT_CORE) == (0, 0)
print(few, connections_that_fit(100), connections_that_fit(10**9) < hard)
"""


def test_all_files_that_are_allowed_are_taken_and_connections_leave_some_of_them() -> None:
    said = subprocess.run(
        [sys.executable, "-c", RAISED], capture_output=True, text=True, check=True
    )
    assert said.stdout.split() == ["32", "100", "True"]
