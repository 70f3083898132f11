"""The rows of the reliability scoreboard: what each asks,."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """One row. `commit` and `release` are its targets, in `make test` and in `make soak`.

    `why` says why a row has no tests yet.
    """

    number: str
    item: str
    commit: str = ""
    release: str = ""
    why: str = ""


_NODES = "comes with several nodes"
_IDENTITY = "comes with the identity room"
_CHAIN = "comes with settlement on chain"

ROWS = (
    Row("R1", "Seeded simulation of the whole venue, one node", "200 seeds", "10,000 seeds"),
    Row("R2", "Invariants after every command", "1e6 commands", "1e8 commands"),
    Row("R3", "Core against the reference, differential", "2,000 scripts", "100,000 scripts"),
    Row("R4", "Mutation check", ">= 95 % caught", ">= 95 % caught"),
    Row("R5", "Replay determinism, golden logs", "identical digests", "1e6 commands"),
    Row("R6", "Crash matrix, kill -9 at named steps", "15 steps x 3", "15 steps x 50"),
    Row("R7", "Power cuts on ext4", "20 cuts, 0 lost", "200 cuts, 0 lost"),
    Row("R8", "Power cut of all log nodes", why=_NODES),
    Row("R9", "Log leader killed", why=_NODES),
    Row("R10", "Engine leader killed or stopped", why=_NODES),
    Row("R11", "Partitions", why=_NODES),
    Row("R12", "Log rolled back, sequence reused, log replaced", "100 % refused", "100 % refused"),
    Row("R13", "Bit flips and truncation", "500, 0 wrong", "10,000, 0 wrong"),
    Row("R14", "fsync errors, full disk, short writes, descriptors", "0 false ack", "0 false ack"),
    Row("R15", "Database or cache down", why=_NODES),
    Row("R16", "Ledger rebuilt from genesis equals live", "equal", "1 M events <= 2 min"),
    Row("R17", "Slow and dead subscribers", "<= 1 MB each, p99 <= 2x", "the same"),
    Row("R18", "10,000 WebSocket connections", "<= 60 kB each, 0 drops", "10 min"),
    Row("R19", "Soak: memory, descriptors, snapshots", "60 s", ">= 30 min, <= 1 MB per 1 M"),
    Row("R20", "Upgrade from the previous record version", "0 lost", "0 lost"),
    Row("R21", "Clocks that are wrong or jump", "digest unchanged", "digest unchanged"),
    Row("R22", "Backup and restore drill", "digest equal", "<= 15 min per 10 M commands"),
    Row("R23", "Kubernetes manifests", why="comes with the deployment to a cluster"),
    Row("S1", "Authorisation matrix", "0 wrong cells", "the same"),
    Row("S2", "Foreign ids", "0 told", "the same"),
    Row("S3", "Mass assignment", "422 always", "422 always"),
    Row("S4", "Signatures", "401 always", "the same"),
    Row("S5", "Access tokens", "401 always", "the same"),
    Row("S6", "Passwords and second factor", "each has a test", "the same"),
    Row("S7", "WebSocket doors", "revoked ends within 5 s", "the same"),
    Row("S8", "Decoder fuzzing", "1e5 executions", "1e8 executions"),
    Row("S9", "API fuzzing", "1,000 cases", "100,000 cases"),
    Row("S10", "Limits", "each limit has a test, cancels pass", "the same"),
    Row("S11", "HTTP abuse", "p99 of the others <= 3x", "the same"),
    Row("S12", "Web headers, cookies, tokens", "0 wrong", "0 wrong"),
    Row("S13", "Server-side requests", why="the venue makes none"),
    Row("S14", "Log injection", "1 line an event, 0 canaries", "the same"),
    Row("S15", "Two-person rule, audit log", "0 alone, 0 unnoticed", "the same"),
    Row("S16", "Supply chain", "0 known high", "0 known high"),
    Row("S17", "Secrets", "0 findings", "0 findings"),
    Row("S18", "Containers", why="comes with the deployment to a cluster"),
    Row("S19", "Static checks", "0 findings", "0 findings"),
    Row("S20", "Contracts", why=_CHAIN),
    Row("S21", "Chain watcher", why=_CHAIN),
)
