# SPDX-License-Identifier: GPL-3.0-or-later
"""Numbers of reference_forward.py: tensors of safetensors files, the formats that weights are stored
in, and the rounding that each numeric variant does between operations."""
import json
import math
import pathlib
import struct

import torch

F32, F64 = torch.float32, torch.float64


# --- files ---------------------------------------------------------------------------------------

SIZES = {"F32": 4, "I32": 4, "BF16": 2, "F8_E4M3": 1, "F8_E8M0": 1, "I8": 1, "I64": 8, "U8": 1, "I16": 2}


class Safetensors:
    """Tensors of one file, or of all files of a folder, as (type, shape, bytes)."""

    def __init__(self, path):
        path = pathlib.Path(path)
        self.entries = {}
        for file in sorted(path.glob("*.safetensors")) if path.is_dir() else [path]:
            data = file.read_bytes()
            (length,) = struct.unpack("<Q", data[:8])
            header = json.loads(data[8 : 8 + length])
            for name, entry in header.items():
                if name != "__metadata__":
                    begin, end = entry["data_offsets"]
                    self.entries[name] = (entry["dtype"], entry["shape"],
                                          data[8 + length + begin : 8 + length + end])

    def __contains__(self, name):
        return name in self.entries

    def raw(self, name):
        """Integers and floats as stored; 8-bit formats as their codes."""
        kind, shape, data = self.entries[name]
        types = {"F32": F32, "I32": torch.int32, "I64": torch.int64, "BF16": torch.bfloat16}
        flat = torch.frombuffer(bytearray(data), dtype=types.get(kind, torch.uint8))
        return flat.reshape(shape)

    def kind(self, name):
        return self.entries[name][0]


def write_safetensors(path, tensors, metadata):
    """tensors: name -> torch tensor (float32, bfloat16, int16, int32 or uint8)."""
    names = {F32: "F32", torch.bfloat16: "BF16", torch.int32: "I32", torch.int16: "I16", torch.uint8: "U8"}
    header, blobs, offset = {"__metadata__": metadata}, [], 0
    # The widest types first: every tensor then starts at a multiple of its own size.
    for name, tensor in sorted(tensors.items(), key=lambda item: (-item[1].element_size(), item[0])):
        tensor = tensor.contiguous()
        count = tensor.numel() * tensor.element_size()
        blob = bytes(tensor.reshape(-1).view(torch.int16 if tensor.dtype == torch.bfloat16 else tensor.dtype)
                     .numpy().tobytes())
        header[name] = {"dtype": names[tensor.dtype], "shape": list(tensor.shape), "data_offsets": [offset, offset + count]}
        blobs.append(blob)
        offset += count
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    pathlib.Path(path).write_bytes(struct.pack("<Q", len(text)) + text + b"".join(blobs))


# --- number formats ------------------------------------------------------------------------------

def half(x):
    return x.to(torch.bfloat16).to(F32)


def power_of_two_above(u):
    """Smallest power of two not below u (u > 0, float32)."""
    mantissa, exponent = torch.frexp(u)
    exponent = exponent - (mantissa == 0.5).to(exponent.dtype)
    return torch.ldexp(torch.ones_like(u), exponent)


def on_grid(x, lowest_exponent, mantissa_bits):
    """Nearest number with `mantissa_bits` after the point, ties to the even one; x within range."""
    _, exponent = torch.frexp(x)
    exponent = torch.clamp(exponent - 1, min=lowest_exponent)
    step = torch.ldexp(torch.ones_like(x), exponent - mantissa_bits)
    return torch.round(x / step) * step


def block_grid(x, block, smallest, largest, inverse, lowest_exponent, mantissa_bits):
    """Values after rounding to a grid with one power-of-two scale for each `block` of the last axis."""
    shape = x.shape
    pad = -shape[-1] % block
    y = torch.nn.functional.pad(x, (0, pad)).reshape(*shape[:-1], -1, block)
    amax = torch.clamp(y.abs().amax(-1, keepdim=True), min=smallest)
    scale = power_of_two_above(amax * torch.tensor(inverse, dtype=F32))
    y = on_grid(torch.clamp(y / scale, -largest, largest), lowest_exponent, mantissa_bits) * scale
    return half(y.reshape(*shape[:-1], -1)[..., : shape[-1]])


def fp8_grid(x, block):
    return block_grid(x, block, 1e-4, 448.0, 1.0 / 448.0, -6, 3)


def fp4_grid(x, block):
    return block_grid(x, block, 6.0 * 2.0**-126, 6.0, 1.0 / 6.0, 0, 1)


def e4m3_values():
    values = torch.zeros(256)
    for code in range(256):
        exponent, mantissa = (code >> 3) & 15, code & 7
        value = math.ldexp(mantissa, -9) if exponent == 0 else math.ldexp(8 + mantissa, exponent - 10)
        values[code] = float("nan") if exponent == 15 and mantissa == 7 else (-value if code & 128 else value)
    return values


E4M3 = e4m3_values()
E2M1 = torch.tensor([0, 0.5, 1, 1.5, 2, 3, 4, 6, -0.0, -0.5, -1, -1.5, -2, -3, -4, -6], dtype=F32)


class Matrix:
    """A weight [outputs, inputs] dequantised, and how it was stored."""

    def __init__(self, files, name):
        kind = files.kind(name)
        raw = files.raw(name)
        self.quantised = kind in ("F8_E4M3", "I8")
        self.block = None
        if not self.quantised:
            self.values = raw.to(F32)
            return
        exponents = files.raw(name[: -len("weight")] + "scale").to(torch.int32) - 127
        scales = torch.ldexp(torch.ones(exponents.shape), exponents)
        if kind == "F8_E4M3":
            wide = scales.repeat_interleave(128, 0).repeat_interleave(128, 1)
            self.values = E4M3[raw.long()] * wide[: raw.shape[0], : raw.shape[1]]
            self.block = 128
        else:
            codes = torch.stack([raw & 15, raw >> 4], -1).reshape(raw.shape[0], -1)
            self.values = E2M1[codes.long()] * scales.repeat_interleave(32, 1)[:, : codes.shape[1]]
            self.block = 32


# --- the two ways of computing -------------------------------------------------------------------

class Numerics:
    def __init__(self, variant, ties="lowest", plain_probabilities=False, rounded_roots=False):
        self.grid = variant == "ref"
        self.ties = ties
        self.plain_probabilities = plain_probabilities  # as the tiny checkpoint's own vectors have them
        # On a processor, PyTorch's rsqrt of bfloat16 takes 32 numbers at a time and rounds once; what is left over,
        # and so every single token with fewer than 32 heads, is 1 / sqrt with the root rounded before.
        self.rounded_roots = rounded_roots
        self.pass_tokens = 0  # tokens read in one pass; one at a time after them

    def half(self, x):
        return half(x) if self.grid else x

    def fp8(self, x, block):
        return fp8_grid(x, block) if self.grid else x

    def fp4(self, x, block):
        return fp4_grid(x, block) if self.grid else x

    def product(self, x, w):
        """x W^T, one rounding to float32 for `ref`."""
        if self.grid:
            return (x.to(F64) @ w.to(F64).T).to(F32)
        return x @ w.T

    def linear(self, x, matrix):
        """A projection as the model stores it: bfloat16 out, FP8 in before FP8 and FP4 weights."""
        if not self.grid:
            return x @ matrix.values.T
        if not matrix.quantised:
            return half(self.product(x, matrix.values))
        x = fp8_grid(x, 128)
        total = torch.zeros(x.shape[0], matrix.values.shape[0])
        for k in range(0, x.shape[1], matrix.block):
            part = slice(k, k + matrix.block)
            total = total + self.product(x[:, part], matrix.values[:, part])
        return half(total)

    def mean_square(self, x):
        if self.grid:
            return (x.to(F64) ** 2).mean(-1, keepdim=True).to(F32)
        return (x * x).mean(-1, keepdim=True)

    def rms_norm(self, x, weight, eps):
        return self.half(x * (1.0 / torch.sqrt(self.mean_square(x) + eps)) * weight)

    def head_norm(self, q, eps):
        """Norm of a query head without weight; every step in bfloat16 for `ref`."""
        if not self.grid:
            return q * (1.0 / torch.sqrt(self.mean_square(q) + eps))
        squares = half(q * q)
        mean = half(squares.to(F64).mean(-1, keepdim=True).to(F32))
        root = torch.sqrt(half(mean + eps))
        if self.rounded_roots:
            flat = root.reshape(-1)  # a view
            left = self.pass_tokens * q.shape[-2] // 32 * 32
            flat[left:] = half(flat[left:])
        return half(q * half(1.0 / root))

    def hadamard(self, x):
        """Natural order, butterflies in float32, times n^-0.5."""
        n = x.shape[-1]
        if n & (n - 1):
            return x
        width = 1
        while width < n:
            y = x.reshape(*x.shape[:-1], n // (2 * width), 2, width)
            x = torch.stack([y[..., 0, :] + y[..., 1, :], y[..., 0, :] - y[..., 1, :]], -2).reshape(x.shape)
            width *= 2
        return self.half(x * torch.tensor(n**-0.5, dtype=F32))

    def best(self, scores, k):
        """The k best places; equal scores by the lower place, or as torch.topk leaves them."""
        k = min(k, scores.shape[-1])
        if self.ties == "torch":
            return torch.topk(scores, k).indices
        return torch.sort(scores, descending=True, stable=True).indices[:k]
