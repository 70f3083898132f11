"""Everything that reads bytes from outside, or from a disk: a target is one such reader.

A target's function takes any bytes. It returns where they were read or refused as documented, and
raises where they were not: that is a finding.
"""

from tests.fuzz.targets import broken, cores, doors, records, stores, texts, wallets
from tests.fuzz.targets.target import Target

TARGETS: dict[str, Target] = {
    target.name: target
    for module in (doors, records, cores, stores, texts, wallets)
    for target in module.TARGETS
}
BROKEN: dict[str, Target] = {target.name: target for target in broken.TARGETS}
"""What the runner has to notice."""
