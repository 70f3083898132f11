"""The hash chain: what proves that a log is whole, and names where it is not."""

from hashlib import blake2b
from struct import Struct

from outcry.ports import Batch, LogDamaged, LogTail

VERSION = 1
"""The format of a batch: its header words, its hash, and records as `codec` writes them."""
GENESIS = LogTail(sequence=0, time_ns=0, epoch=1, chain_hash=bytes(32))
"""The tail of an empty log."""
HASH_SIZE = 32

_HEADER = Struct("<QQQqQ")


def chain_hash(
    previous_hash: bytes, header: tuple[int, int, int, int, int], payload: bytes | bytearray
) -> bytes:
    """Return BLAKE2b-256 over the previous hash, the header words and the payload.

    `header` is (first_sequence, last_sequence, epoch, time_ns, version), five little-endian words.
    """
    digest = blake2b(previous_hash, digest_size=HASH_SIZE)
    digest.update(_HEADER.pack(*header))
    digest.update(payload)
    return digest.digest()


def linked(tail: LogTail, last_sequence: int, time_ns: int, payload: bytes) -> Batch:
    """Return the batch that continues `tail` with `payload` up to `last_sequence`."""
    first = tail.sequence + 1
    header = (first, last_sequence, tail.epoch, time_ns, VERSION)
    digest = chain_hash(tail.chain_hash, header, payload)
    return Batch(*header, tail.chain_hash, digest, payload)


def tail_of(batch: Batch) -> LogTail:
    """Return where a log ends whose last batch is `batch`."""
    return LogTail(batch.last_sequence, batch.time_ns, batch.epoch, batch.chain_hash)


def check(batch: Batch) -> None:
    """Check what a batch says of itself.

    Raises:
        LogDamaged: the version is not known, the numbers are impossible, or the hash is wrong.
    """
    where = f"batch {batch.first_sequence} to {batch.last_sequence}"
    if batch.version != VERSION:
        raise LogDamaged(f"{where}: version {batch.version} is not {VERSION}")
    header = (
        batch.first_sequence,
        batch.last_sequence,
        batch.epoch,
        batch.time_ns,
        batch.version,
    )
    if not 0 < batch.first_sequence <= batch.last_sequence or min(header) < 0:
        raise LogDamaged(f"{where}: impossible numbers")
    if chain_hash(batch.previous_hash, header, batch.payload) != batch.chain_hash:
        raise LogDamaged(f"{where}: wrong hash")


def follow(tail: LogTail, batch: Batch) -> LogTail:
    """Check that a batch is sound and continues `tail`; return the tail behind it.

    Raises:
        LogDamaged: it does not, and why.
    """
    where = f"batch {batch.first_sequence} to {batch.last_sequence}"
    if batch.first_sequence != tail.sequence + 1:
        raise LogDamaged(f"{where}: gap, the batch before ends at {tail.sequence}")
    if batch.previous_hash != tail.chain_hash:
        raise LogDamaged(f"{where}: wrong previous hash, it continues another log")
    if batch.time_ns < tail.time_ns or batch.epoch < tail.epoch:
        raise LogDamaged(f"{where}: time or epoch goes back")
    check(batch)
    return tail_of(batch)
