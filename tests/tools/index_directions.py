#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes a model's index_directions.safetensors (docs/adr/0015) from second moments of its index queries and keys:

    bench_reading moments MODEL TOKENS COUNT THREADS moments.bin
    tests/tools/index_directions.py moments.bin MODEL/index_directions.safetensors --candidates 2=4096,4=3072,6=2048

With Q and K the square roots of both moments and Q K = U S V^T, the directions S^1/2 U^T Q^-1 for queries and
S^1/2 V^T K^-1 for keys keep every product of a query and a key, and both have the moments S in them: no other
choice of a few directions keeps more of the products of such queries and keys. The first 64 are turned by a Hadamard
matrix, which spreads their numbers evenly over the 8 bits that each gets. Needs python3-numpy.
"""

import argparse
import json
import struct

import numpy as np

DIRECTIONS = 64


FINGERPRINT_BYTES = 32


def read_moments(data):
    at = FINGERPRINT_BYTES
    while at < len(data):
        layer, dim = struct.unpack_from("<ii", data, at)
        at += 8
        both = np.frombuffer(data, "<f8", 2 * dim * dim, at).reshape(2, dim, dim)
        at += both.nbytes
        yield layer, both[0], both[1]


def roots(moments):
    """Square root of a symmetric matrix, and its inverse. What is next to nothing counts as a millionth of the
    largest direction, so that the inverse exists."""
    values, vectors = np.linalg.eigh(moments)
    values = np.sqrt(np.maximum(values, values.max() * 1e-12))
    return (vectors * values) @ vectors.T, (vectors / values) @ vectors.T


def hadamard(size):
    matrix = np.ones((1, 1))
    while len(matrix) < size:
        matrix = np.block([[matrix, matrix], [matrix, -matrix]])
    return matrix / np.sqrt(size)


def directions(queries, keys):
    query_root, query_inverse = roots(queries)
    key_root, key_inverse = roots(keys)
    left, weights, right = np.linalg.svd(query_root @ key_root)
    scale = np.sqrt(weights)[:, None]
    query_directions = scale * (left.T @ query_inverse)
    key_directions = scale * (right @ key_inverse)
    error = np.abs(query_directions.T @ key_directions - np.eye(len(queries))).max()
    turn = hadamard(DIRECTIONS)
    kept = weights[:DIRECTIONS].sum() / weights.sum()
    return turn @ query_directions[:DIRECTIONS], turn @ key_directions[:DIRECTIONS], error, kept


def write_safetensors(path, tensors):
    header, body = {}, b""
    for name in sorted(tensors):
        kind, array = tensors[name]
        header[name] = {
            "dtype": kind,
            "shape": list(array.shape),
            "data_offsets": [len(body), len(body) + array.nbytes],
        }
        body += array.tobytes()
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + body)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("moments")
    parser.add_argument("out")
    parser.add_argument("--candidates", required=True, help="layer=rows, separated by commas")
    options = parser.parse_args()
    candidates = dict(map(int, pair.split("=")) for pair in options.candidates.split(","))
    with open(options.moments, "rb") as file:
        data = file.read()
    fingerprint = np.frombuffer(data, "<i1", FINGERPRINT_BYTES)
    tensors = {"fingerprint": ("I8", fingerprint)}
    for layer, queries, keys in read_moments(data):
        of_queries, of_keys, error, kept = directions(queries, keys)
        print(f"layer {layer}: {kept:.4%} of the weight in {DIRECTIONS} directions; products err by {error:.1e}")
        tensors[f"layers.{layer}.query_directions"] = ("F32", of_queries.astype("<f4"))
        tensors[f"layers.{layer}.key_directions"] = ("F32", of_keys.astype("<f4"))
        tensors[f"layers.{layer}.candidates"] = ("I32", np.array([candidates[layer]], "<i4"))
    write_safetensors(options.out, tensors)


if __name__ == "__main__":
    main()
