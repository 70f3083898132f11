from outcry.ledger.check import first_wrong as first_wrong
from outcry.ledger.days import add_trade as add_trade
from outcry.ledger.posting import post_all as post_all
from outcry.ledger.proofs.tree import leaf_hashes as leaf_hashes
from outcry.ledger.proofs.tree import parent_hashes as parent_hashes

IS_FAST_AT_HASHING: bool
