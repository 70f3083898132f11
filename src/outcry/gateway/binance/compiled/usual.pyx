# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
"""Reads and answers the usual new order; `wire`, `orders.wanted` and `orders.report` define both.

Usual is what well-made clients send: each parameter known, once, plain ASCII, the signature last
and in hexadecimal, and no number or word that would be refused.
"""

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize, PyBytes_GET_SIZE
from libc.stdint cimport int64_t, uint32_t, uint64_t
from libc.string cimport memcmp, memcpy

from outcry.domain.order import Kind, OrderFlag, SelfTrade, TimeInForce
from outcry.domain.units import UNITS_LIMIT
from outcry.ledger import rows

cdef extern from "Python.h":
    object PyUnicode_DecodeASCII(const char *text, Py_ssize_t size, const char *errors)
    object PyUnicode_DecodeLatin1(const char *text, Py_ssize_t size, const char *errors)
    const char *PyUnicode_AsUTF8AndSize(object text, Py_ssize_t *size) except NULL

cdef enum:
    PLACES = 8
    DECIMALS_MAX = 18

include "numbers.pxi"
include "reader.pxi"
include "writer.pxi"
