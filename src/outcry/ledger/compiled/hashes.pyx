# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
"""The twins of `leaf_hashes` and `parent_hashes` of `proofs.tree`, where `IS_FAST` is true."""

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize, PyBytes_GET_SIZE
from cpython.list cimport PyList_GET_ITEM, PyList_GET_SIZE
from libc.stdint cimport uint8_t

cdef extern from "sha256.h":
    int sha256_is_fast()
    void sha256_prefixed(uint8_t prefix, const uint8_t *data, size_t size, uint8_t *out)

cdef enum:
    HASH_BYTES = 32

IS_FAST = bool(sha256_is_fast())


def leaf_hashes(list leaves):
    """Return the hashes of leaves, one after the other."""
    cdef Py_ssize_t i, count = PyList_GET_SIZE(leaves)
    cdef bytes hashes = PyBytes_FromStringAndSize(NULL, count * HASH_BYTES)
    cdef uint8_t *out = <uint8_t *>PyBytes_AS_STRING(hashes)
    cdef bytes leaf
    for i in range(count):
        leaf = <bytes?><object>PyList_GET_ITEM(leaves, i)
        sha256_prefixed(
            0, <const uint8_t *>PyBytes_AS_STRING(leaf), PyBytes_GET_SIZE(leaf), out
        )
        out += HASH_BYTES
    return hashes


def parent_hashes(bytes hashes):
    """Return the hashes of the nodes over pairs of hashes, one after the other."""
    cdef Py_ssize_t i, count = PyBytes_GET_SIZE(hashes) // (2 * HASH_BYTES)
    cdef bytes parents = PyBytes_FromStringAndSize(NULL, count * HASH_BYTES)
    cdef uint8_t *out = <uint8_t *>PyBytes_AS_STRING(parents)
    cdef const uint8_t *pair = <const uint8_t *>PyBytes_AS_STRING(hashes)
    for i in range(count):
        sha256_prefixed(1, pair, 2 * HASH_BYTES, out)
        out += HASH_BYTES
        pair += 2 * HASH_BYTES
    return parents
