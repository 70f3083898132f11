from outcry.ledger.proofs.tree import leaf_hashes as leaf_hashes
from outcry.ledger.proofs.tree import parent_hashes as parent_hashes

IS_FAST: bool
