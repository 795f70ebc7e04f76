#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes test vectors of GGUF's formats as ggml itself encodes and decodes them.

    tests/tools/ggml_blocks.py LIBGGML_BASE OUT

LIBGGML_BASE is libggml-base.so of any build of llama.cpp, such as
node_modules/@node-llama-cpp/linux-x64/bins/linux-x64/libggml-base.so after `npm install` in tests/bench/llama.
For each format, six rows of 512 inputs: four of random bytes (with every point of IQ2_XXS's grid among them), two
that ggml quantised from a bell curve.
OUT is a safetensors file with NAME.stored (I8) and NAME.values (F32, what ggml's own decoder gives).
"""
import ctypes
import json
import random
import struct
import sys

# name, number in ggml_type, elements and bytes of a block
FORMATS = [("F16", 1, 1, 2), ("Q8_0", 8, 32, 34), ("Q2_K", 10, 256, 84), ("Q4_K", 12, 256, 144),
           ("IQ2_XXS", 16, 256, 66), ("MXFP4", 39, 32, 17)]
RANDOM_ROWS, ROWS, INPUTS = 4, 6, 512


class Traits(ctypes.Structure):
    _fields_ = [("name", ctypes.c_char_p), ("elements", ctypes.c_int64), ("interleave", ctypes.c_int64),
                ("bytes", ctypes.c_size_t), ("is_quantized", ctypes.c_bool),
                ("to_float", ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int64)),
                ("from_float", ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int64))]


def main():
    if len(sys.argv) != 3:
        print(__doc__)
        return 2
    ggml = ctypes.CDLL(sys.argv[1])
    ggml.ggml_get_type_traits.restype = ctypes.POINTER(Traits)
    ggml.ggml_quantize_chunk.restype = ctypes.c_size_t
    ggml.ggml_quantize_chunk.argtypes = [ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int64,
                                         ctypes.c_int64, ctypes.c_int64, ctypes.c_void_p]
    rng = random.Random(20261126)
    header, data = {}, b""
    for name, number, elements, size in FORMATS:
        traits = ggml.ggml_get_type_traits(number).contents
        if (traits.elements, traits.bytes) != (elements, size):
            raise SystemExit(f"{name}: blocks of {traits.elements} elements, {traits.bytes} bytes")
        row_bytes = INPUTS // elements * size
        stored = bytearray(rng.randbytes(RANDOM_ROWS * row_bytes))
        if name == "IQ2_XXS":
            for i, point in enumerate(rng.sample(range(256), 256)):
                stored[i // 32 * size + 2 + i % 32 // 4 * 8 + i % 4] = point
        weights = (ctypes.c_float * INPUTS)(*(1.0 for _ in range(INPUTS)))
        for _ in range(ROWS - RANDOM_ROWS):
            source = (ctypes.c_float * INPUTS)(*(rng.gauss(0.0, 0.02) for _ in range(INPUTS)))
            row = (ctypes.c_uint8 * row_bytes)()
            if ggml.ggml_quantize_chunk(number, source, row, 0, 1, INPUTS, weights) != row_bytes:
                raise SystemExit(f"{name}: another size")
            stored += bytes(row)
        values = (ctypes.c_float * (ROWS * INPUTS))()
        source = (ctypes.c_uint8 * len(stored)).from_buffer(stored)
        traits.to_float(ctypes.addressof(source), ctypes.addressof(values), ROWS * INPUTS)
        for key, kind, shape, part in [(".values", "F32", [ROWS, INPUTS], bytes(values)),
                                       (".stored", "I8", [ROWS, row_bytes], bytes(stored))]:
            header[name + key] = {"dtype": kind, "shape": shape, "data_offsets": [len(data), len(data) + len(part)]}
            data += part
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with open(sys.argv[2], "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + data)
    return 0


if __name__ == "__main__":
    sys.exit(main())
