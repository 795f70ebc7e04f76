#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""A plain second implementation of the `deepseek_v4` forward pass, for test vectors.

Written from the description of the model alone and sharing no line with the engine: one function
an operation, no cache, no batching; formats and rounding are in reference_numbers.py. It reads a
checkpoint in the published layout and computes in one of two ways:

  float32  weights dequantised, everything in float32, no activation is ever rounded;
  ref      the publisher's numerics: bfloat16 after every operation, FP8 activations per 128 before
           FP8 and FP4 matrices, FP8 per 64 on key/value rows, Hadamard and FP4 per 32 in the
           indexer, bfloat16 index scores and probabilities.

Products of the `ref` grid are summed in float64 and rounded to float32 once for each defined
partial sum (128 inputs of an FP8 matrix, 32 of an FP4 one), so that nothing depends on an order of
summation that the reference leaves open.

    reference_forward.py compare FOLDER EXPECTED --variant ref|float32 [--ties torch] [--plain-probabilities]
                         [--rounded-roots]
    reference_forward.py vectors FOLDER OUT [EXPECTED]
                                                     layer by layer from equal inputs (ref); of
                                                     EXPECTED it keeps the first layer's streams
    reference_forward.py mtp FOLDER OUT --variant ref|float32
    reference_forward.py angles OUT                  rotary angles of far positions

Needs PyTorch (1.13 and 2.11 tried; of the vectors 89 of 94 tensors are the same bytes with both, one
element of each other one differs) and nothing else.
"""
import argparse
import json
import math
import pathlib
import sys

import torch

from reference_numbers import F32, F64, Matrix, Numerics, Safetensors, half, write_safetensors


# --- rotation ------------------------------------------------------------------------------------

def frequencies(config, compressed):
    rope = config["qk_rope_head_dim"]
    base = config["compress_rope_theta"] if compressed else config["rope_theta"]
    steps = torch.arange(0, rope, 2, dtype=F32) / rope
    f = 1.0 / torch.pow(torch.tensor(float(base), dtype=F32), steps)
    scaling = config.get("rope_scaling")
    if not compressed or not scaling:
        return f
    original = scaling.get("original_max_position_embeddings", 65536)

    def place(rotations):
        return rope * math.log(original / (rotations * 2 * math.pi)) / (2 * math.log(base))

    low = max(0, math.floor(place(scaling.get("beta_fast", 32))))
    high = min(rope - 1, math.ceil(place(scaling.get("beta_slow", 1))))
    ramp = torch.clamp((torch.arange(rope // 2, dtype=F32) - low) / max(high - low, 0.001), 0, 1)
    return f / scaling["factor"] * ramp + f * (1 - ramp)


def angles(positions, f):
    """The angle is a float32 product; cos and sin are of that float32 number."""
    angle = positions.to(F32)[:, None] * f[None, :]
    return torch.cos(angle.to(F64)).to(F32), torch.sin(angle.to(F64)).to(F32)


def rotate(numerics, x, cos, sin, back=False):
    """x [..., tokens first axis]; the last 2 * pairs elements of the last axis turn."""
    pairs = cos.shape[-1]
    shape = (cos.shape[0],) + (1,) * (x.dim() - 2) + (pairs,)
    cos, sin = cos.reshape(shape), (-sin if back else sin).reshape(shape)
    straight, turned = x[..., : x.shape[-1] - 2 * pairs], x[..., x.shape[-1] - 2 * pairs :]
    a, b = turned[..., 0::2], turned[..., 1::2]
    turned = torch.stack([a * cos - b * sin, a * sin + b * cos], -1).flatten(-2)
    return torch.cat([straight, numerics.half(turned)], -1)


# --- layers --------------------------------------------------------------------------------------

class Model:
    def __init__(self, folder, numerics):
        folder = pathlib.Path(folder)
        self.config = json.loads((folder / "config.json").read_text())
        self.files = Safetensors(folder if not (folder / "model.safetensors").exists() else folder / "model.safetensors")
        self.n = numerics
        self.eps = self.config.get("rms_norm_eps", 1e-6)
        self.matrices = {}
        self.seen = {}  # intermediate tensors of the last layer that ran
        self.pass_tokens = 0  # tokens of the pass whose torch.topk is to be followed

    def matrix(self, name):
        if name not in self.matrices:
            self.matrices[name] = Matrix(self.files, name)
        return self.matrices[name]

    def vector(self, name):
        return self.files.raw(name).to(F32)

    def note(self, name, value):
        self.seen[name] = value.clone()
        return value

    # hyper-connections

    def mixes(self, x, prefix):
        """fn . x times the inverse root mean square, [tokens, mixes]."""
        flat = x.flatten(1)
        r = 1.0 / torch.sqrt(self.n.mean_square(flat) + self.eps)
        return self.n.product(flat, self.vector(prefix + "_fn")) * r

    def connect(self, x, prefix):
        """Input of a sub-layer, and what is needed to put its result back."""
        config, eps = self.config, self.config.get("hc_eps", 1e-6)
        z = self.mixes(x, prefix)
        base, scale = self.vector(prefix + "_base"), self.vector(prefix + "_scale")
        sigmoid = lambda v: 1.0 / (1.0 + torch.exp(-v))
        pre = sigmoid(z[:, 0:4] * scale[0] + base[0:4]) + eps
        post = 2.0 * sigmoid(z[:, 4:8] * scale[1] + base[4:8])
        m = (z[:, 8:24] * scale[2] + base[8:24]).reshape(-1, 4, 4)
        m = torch.exp(m - m.amax(-1, keepdim=True))
        m = m / m.sum(-1, keepdim=True) + eps
        m = m / (m.sum(-2, keepdim=True) + eps)
        for _ in range(config.get("hc_sinkhorn_iters", 20) - 1):
            m = m / (m.sum(-1, keepdim=True) + eps)
            m = m / (m.sum(-2, keepdim=True) + eps)
        return self.n.half((pre[:, :, None] * x).sum(1)), post, m

    def put_back(self, x, f, post, m):
        """First index of m is the source stream."""
        return self.n.half(post[:, :, None] * f[:, None, :] + torch.einsum("tjk,tjd->tkd", m, x))

    # compressors

    def compress(self, x, prefix, ratio, dim, f):
        """Rows [groups, dim] before their last grid: pooled, normed, rotated."""
        n, overlap = self.n, ratio == 4
        values = n.product(x, self.vector(prefix + "wkv.weight"))
        gates = n.product(x, self.vector(prefix + "wgate.weight"))
        ape = self.vector(prefix + "ape")
        gates = gates + ape[torch.arange(x.shape[0]) % ratio]
        rows = []
        for group in range(x.shape[0] // ratio):
            own = slice(group * ratio, (group + 1) * ratio)
            k, g = values[own], gates[own]
            if overlap:
                k, g = k[:, dim:], g[:, dim:]
                if group > 0:
                    before = slice((group - 1) * ratio, group * ratio)
                    k = torch.cat([values[before, :dim], k])
                    g = torch.cat([gates[before, :dim], g])
            weights = torch.exp(g - g.amax(0, keepdim=True))
            rows.append((weights * k).sum(0) / weights.sum(0))
        if not rows:
            return torch.zeros(0, dim)
        rows = n.rms_norm(n.half(torch.stack(rows)), self.vector(prefix + "norm.weight"), self.eps)
        return rotate(n, rows, *angles(torch.arange(len(rows)) * ratio, f))

    def index(self, prefix, x, latent, f, positions):
        """Chosen rows of every token."""
        n, config = self.n, self.config
        heads, dim = config["index_n_heads"], config["index_head_dim"]
        keys = self.compress(x, prefix + "indexer.compressor.", 4, dim, f)
        keys = self.note("index_keys", n.fp4(n.hadamard(keys), 32) if len(keys) else keys)
        q = n.linear(latent, self.matrix(prefix + "indexer.wq_b.weight")).reshape(-1, heads, dim)
        q = self.note("index_q", n.fp4(n.hadamard(rotate(n, q, *angles(positions, f))), 32))
        scale = torch.tensor(dim**-0.5 * heads**-0.5, dtype=F32)
        w = n.half(n.linear(x, self.matrix(prefix + "indexer.weights_proj.weight")) * scale)
        self.note("index_weights", w)
        chosen, all_scores = [], []
        for t in range(x.shape[0]):
            visible = (t + 1) // 4
            scores = n.half(n.product(q[t], keys[:visible])) if visible else torch.zeros(heads, 0)
            scores = n.half(torch.relu(scores) * w[t][:, None])
            scores = n.half(scores.to(F64).sum(0).to(F32)) if n.grid else scores.sum(0)
            all_scores.append(scores)
            if n.ties == "torch":  # over all entries of the pass, invisible ones at minus infinity
                padded = torch.full((max(self.pass_tokens, t + 1) // 4,), -math.inf)
                padded[:visible] = scores
                best = n.best(padded, config["index_topk"])
                best = best[best < visible]
            else:
                best = n.best(scores, config["index_topk"])
            chosen.append(torch.sort(best).values)
        self.seen["index_scores"] = all_scores
        self.seen["chosen"] = chosen
        return chosen

    def softmax_sum(self, q, keys, slots, sinks):
        """One token: q [heads, dim], keys [n, dim] at places `slots` of the reference's key list."""
        n = self.n
        scale = torch.tensor(q.shape[-1] ** -0.5, dtype=F32)
        scores = n.product(q, keys) * scale
        if not n.grid:
            top = scores.amax(-1, keepdim=True)
            p = torch.exp(scores - top)
            return (p @ keys) / (p.sum(-1, keepdim=True) + torch.exp(sinks[:, None] - top))
        top = torch.full((q.shape[0], 1), -math.inf)
        total = torch.zeros(q.shape[0], 1)
        out = torch.zeros_like(q)
        for block in sorted(set((slots // 64).tolist())):  # blocks of 64 places, as the kernel walks them
            here = slots // 64 == block
            s = scores[:, here]
            highest = torch.maximum(top, s.amax(-1, keepdim=True))
            shrink = torch.exp(top - highest)
            p = torch.exp(s - highest)
            total = total * shrink + p.to(F64).sum(-1, keepdim=True).to(F32)
            out = out * shrink + n.product(p if n.plain_probabilities else half(p), keys[here].T)
            top = highest
        return half(out / (total + torch.exp(sinks[:, None] - top)))

    def attention(self, prefix, ratio, x, positions):
        n, config = self.n, self.config
        heads, dim, window = config["num_attention_heads"], config["head_dim"], config["sliding_window"]
        straight = dim - config["qk_rope_head_dim"]
        f = frequencies(config, ratio != 0)
        cos, sin = angles(positions, f)
        latent = n.rms_norm(n.linear(x, self.matrix(prefix + "wq_a.weight")), self.vector(prefix + "q_norm.weight"), self.eps)
        self.note("q_latent", latent)
        q = n.linear(latent, self.matrix(prefix + "wq_b.weight")).reshape(-1, heads, dim)
        q = self.note("q", rotate(n, n.head_norm(q, self.eps), cos, sin))
        kv = n.rms_norm(n.linear(x, self.matrix(prefix + "wkv.weight")), self.vector(prefix + "kv_norm.weight"), self.eps)
        kv = rotate(n, kv, cos, sin)
        kv = self.note("kv", torch.cat([n.fp8(kv[:, :straight], 64), kv[:, straight:]], -1))
        chosen, rows = None, torch.zeros(0, dim)
        if ratio:
            rows = self.compress(x, prefix + "compressor.", ratio, dim, f)
            rows = torch.cat([n.fp8(rows[:, :straight], 64), rows[:, straight:]], -1) if len(rows) else rows
            self.note("compressed_rows", rows)
        if ratio == 4:
            chosen = self.index(prefix, x, latent, f, positions)
        sinks = self.vector(prefix + "attn_sink")
        out = []
        for t in range(x.shape[0]):
            begin = max(0, t - window + 1)
            mine = chosen[t] if chosen is not None else torch.arange((t + 1) // ratio if ratio else 0)
            keys = torch.cat([kv[begin : t + 1], rows[mine]])
            # The reference's list keeps a place for every token of the window; rows follow.
            slots = torch.cat([torch.arange(t + 1 - begin), -(-window // 64) * 64 + torch.arange(len(mine))])
            out.append(self.softmax_sum(q[t], keys, slots, sinks))
        out = rotate(n, torch.stack(out), cos, sin, back=True)
        self.note("attention_heads", out)
        groups = config["o_groups"]
        wo_a = self.matrix(prefix + "wo_a.weight").values
        wo_a = wo_a.reshape(groups, -1, wo_a.shape[1])
        grouped = out.reshape(len(out), groups, -1)
        latent = torch.cat([n.half(n.product(grouped[:, g], wo_a[g])) for g in range(groups)], -1)
        return self.note("attention_out", n.linear(latent, self.matrix(prefix + "wo_b.weight")))

    # mixture of experts

    def expert(self, prefix, x, weights):
        n, limit = self.n, self.config.get("swiglu_limit", 0.0)
        g = n.linear(x, self.matrix(prefix + "w1.weight"))
        u = n.linear(x, self.matrix(prefix + "w3.weight"))
        if limit:
            g, u = torch.clamp(g, max=limit), torch.clamp(u, -limit, limit)
        a = g / (1.0 + torch.exp(-g)) * u
        return n.linear(n.half(a * weights[:, None]), self.matrix(prefix + "w2.weight"))

    def moe(self, prefix, x, tokens):
        n, config = self.n, self.config
        z = n.product(x, self.vector(prefix + "gate.weight"))
        p = torch.sqrt(torch.where(z > 20, z, torch.log1p(torch.exp(torch.clamp(z, max=20)))))
        if prefix + "gate.tid2eid" in self.files:
            ids = self.files.raw(prefix + "gate.tid2eid")[tokens.long()].long()
        else:
            biased = p + self.vector(prefix + "gate.bias")
            ids = torch.sort(biased, dim=-1, descending=True, stable=True).indices[:, : config["num_experts_per_tok"]]
        weights = torch.gather(p, 1, ids)
        weights = weights / weights.sum(-1, keepdim=True) * config["routed_scaling_factor"]
        order = torch.sort(ids, dim=-1).indices
        self.note("router_ids", torch.gather(ids, 1, order).to(torch.int32))
        self.note("router_weights", torch.gather(weights, 1, order))
        out = torch.zeros_like(x)
        for e in range(config["n_routed_experts"]):
            where = (ids == e).nonzero()
            if len(where):
                t = where[:, 0]
                out[t] = out[t] + self.expert(f"{prefix}experts.{e}.", x[t], weights[t, where[:, 1]])
        if config.get("n_shared_experts", 1):
            out = out + self.expert(prefix + "shared_experts.", x, torch.ones(x.shape[0]))
        return self.note("moe_out", n.half(out))

    # the whole

    def block(self, prefix, ratio, x, tokens, positions):
        self.seen = {}
        y, post, m = self.connect(x, prefix + "hc_attn")
        y = self.note("attention_in", self.n.rms_norm(y, self.vector(prefix + "attn_norm.weight"), self.eps))
        x = self.note("streams_between", self.put_back(x, self.attention(prefix + "attn.", ratio, y, positions), post, m))
        y, post, m = self.connect(x, prefix + "hc_ffn")
        y = self.note("moe_in", self.n.rms_norm(y, self.vector(prefix + "ffn_norm.weight"), self.eps))
        return self.note("streams", self.put_back(x, self.moe(prefix + "ffn.", y, tokens), post, m))

    def layer(self, i, x, tokens):
        return self.block(f"layers.{i}.", self.config["compress_ratios"][i], x, tokens, torch.arange(len(tokens)))

    def embed(self, tokens):
        return self.matrix("embed.weight").values[tokens.long()]

    def head(self, x, prefix=""):
        z = self.mixes(x, prefix + "hc_head")
        pre = 1.0 / (1.0 + torch.exp(-(z * self.vector(prefix + "hc_head_scale") + self.vector(prefix + "hc_head_base"))))
        y = self.n.half(((pre + self.config.get("hc_eps", 1e-6))[:, :, None] * x).sum(1))
        y = self.n.rms_norm(y, self.vector(prefix + "norm.weight"), self.eps)
        return self.n.product(y, self.matrix("head.weight").values)

    def trunk(self, tokens, visit=lambda layer, x: None):
        x = self.embed(tokens)[:, None, :].repeat(1, 4, 1)
        for i in range(self.config["num_hidden_layers"]):
            x = self.layer(i, x, tokens)
            visit(i, x)
        return x

    def mtp(self, x, tokens):
        """Logits of the MTP block: streams x[t] of the trunk and the embedding of token t + 1 at
        position t. tokens: one more than x has."""
        n, prefix = self.n, "mtp.0."
        e = n.rms_norm(self.embed(tokens[1:]), self.vector(prefix + "enorm.weight"), self.eps)
        e = n.linear(e, self.matrix(prefix + "e_proj.weight"))
        h = n.rms_norm(x, self.vector(prefix + "hnorm.weight"), self.eps)
        h = n.linear(h.flatten(0, 1), self.matrix(prefix + "h_proj.weight")).reshape(x.shape)
        z = n.half(e[:, None, :] + h)
        z = self.block(prefix, 0, z, tokens[1:], torch.arange(len(x)))
        return self.head(z, prefix)


# --- commands ------------------------------------------------------------------------------------

def relative(found, wanted):
    """Worst row: norm of the difference by norm of the row."""
    found, wanted = found.reshape(-1, found.shape[-1]).to(F64), wanted.reshape(-1, wanted.shape[-1]).to(F64)
    return float(((found - wanted).norm(dim=-1) / wanted.norm(dim=-1)).max())


def compare(model, expected):
    """Runs the tokens of a golden file in one pass and says how far each tensor is."""
    golden = Safetensors(expected)
    tokens = golden.raw("tokens").long()
    prefill = golden.raw("prefill_logits")
    model.pass_tokens = model.n.pass_tokens = len(prefill)

    def visit(layer, x):
        for place, name in ((len(prefill) - 1, "last_prefill_hidden"), (len(tokens) - 1, "last_decode_hidden")):
            name = f"layer{layer}.{name}"
            wanted = golden.raw(name).to(F32)
            equal = float((x[place] == wanted).double().mean())
            print(f"{name}: relative {relative(x[place].reshape(1, -1), wanted.reshape(1, -1)):.3g}, equal elements {equal:.4f}")
        for name in ("index_keys", "compressed_rows"):
            if f"layer{layer}.{name}" in golden:
                wanted, found = golden.raw(f"layer{layer}.{name}"), model.seen[name]
                rows = float((found == wanted).all(-1).double().mean())
                print(f"layer{layer}.{name}: relative {relative(found, wanted):.3g}, equal rows {rows:.4f}")
        if f"layer{layer}.prefill_topk" in golden:
            wanted = golden.raw(f"layer{layer}.prefill_topk")
            same = sum(set(int(i) for i in wanted[t] if i >= 0) == set(model.seen["chosen"][t].tolist()) for t in range(len(prefill)))
            print(f"layer{layer}.prefill_topk: {same} of {len(prefill)} sets equal")

    x = model.trunk(tokens, visit)
    logits = model.head(x)
    wanted = torch.cat([prefill, golden.raw("decode_logits")])
    equal = int((logits.argmax(-1) == wanted.argmax(-1)).sum())
    norm = float((logits - wanted).norm() / wanted.norm())
    print(f"logits: worst row {relative(logits, wanted):.3g}, all rows {norm:.3g}, argmax equal {equal} of {len(wanted)}")


def made_streams(layer, tokens, dim):
    """Streams that both sides can make without a file: [tokens, 4, dim], multiples of 1/64 in
    [-127/64, 2], from a hash of layer and place (arithmetic modulo 2^32)."""
    x = torch.arange(tokens * 4 * dim, dtype=torch.int64) + 1 + layer * 1048583
    x = (x * 2654435761) & 0xFFFFFFFF
    x = x ^ (x >> 15)
    x = (x * 2246822519) & 0xFFFFFFFF
    x = x ^ (x >> 13)
    return (((x & 255) - 127).to(F32) / 64).reshape(tokens, 4, dim)


VECTOR_TOKENS = 300
VECTOR_PLACES = [3, 127, 200, 299]


def vectors(model, out, expected=None):
    """Every layer from made streams: what each operation gives at a few places."""
    tokens = (torch.arange(VECTOR_TOKENS) * 7 + 3) % model.config["vocab_size"]
    places = torch.tensor(VECTOR_PLACES)
    tensors = {"tokens": tokens.to(torch.int32), "places": places.to(torch.int32)}
    for layer in range(model.config["num_hidden_layers"]):
        x = made_streams(layer, VECTOR_TOKENS, model.config["hidden_size"])
        model.layer(layer, x, tokens)
        for name in ("attention_in", "q_latent", "q", "kv", "attention_heads", "attention_out", "streams_between",
                     "moe_in", "moe_out", "streams", "index_q", "index_weights"):
            if name in model.seen:
                tensors[f"layer{layer}.{name}"] = model.seen[name][places].to(torch.bfloat16)
        tensors[f"layer{layer}.router_ids"] = model.seen["router_ids"][places]
        tensors[f"layer{layer}.router_weights"] = model.seen["router_weights"][places]
        for name in ("compressed_rows", "index_keys"):
            if name in model.seen:
                rows = model.seen[name]
                which = sorted({0, 1, len(rows) // 2, len(rows) - 1})
                tensors[f"layer{layer}.{name}"] = rows[torch.tensor(which)].to(torch.bfloat16)
                tensors[f"layer{layer}.{name}.which"] = torch.tensor(which, dtype=torch.int32)
        if "chosen" in model.seen:
            last = VECTOR_PLACES[-1]
            tensors[f"layer{layer}.index_scores"] = model.seen["index_scores"][last].to(torch.bfloat16)
            tensors[f"layer{layer}.chosen"] = model.seen["chosen"][last].to(torch.int32)
    if expected:
        golden = Safetensors(expected)
        tensors["published.tokens"] = golden.raw("tokens")
        for name in ("layer0.last_prefill_hidden", "layer0.last_decode_hidden"):
            tensors["published." + name] = golden.raw(name).to(torch.bfloat16)
    write_safetensors(out, tensors, {"made_by": "reference_forward.py vectors", "numerics": "ref"})
    print(out, pathlib.Path(out).stat().st_size, "bytes")


MTP_TOKENS = 160
MTP_PLACES = [0, 1, 2, 63, 127, 128, 129, 158]
MTP_FIRST = 6


def mtp(model, out, variant):
    tokens = (torch.arange(MTP_TOKENS) * 37 + 11) % model.config["vocab_size"]
    x = model.trunk(tokens)
    logits = model.mtp(x[:-1], tokens)
    places = torch.tensor(MTP_PLACES)
    kind = torch.bfloat16 if variant == "ref" else F32
    write_safetensors(out, {
        "tokens": tokens.to(torch.int32), "places": places.to(torch.int32),
        "streams": x[places].to(kind), "mtp_logits": logits[places],
        "first_streams": x[:MTP_FIRST].to(kind), "first_mtp_logits": logits[:MTP_FIRST]},
        {"made_by": "reference_forward.py mtp", "numerics": variant})
    print(out, pathlib.Path(out).stat().st_size, "bytes; largest logit", float(logits.abs().max()))


def far_angles(out):
    """cos and sin of float32 angles at far positions, both tables of the published models."""
    config = {"qk_rope_head_dim": 64, "rope_theta": 10000, "compress_rope_theta": 160000,
              "rope_scaling": {"factor": 16, "original_max_position_embeddings": 65536, "beta_fast": 32, "beta_slow": 1}}
    positions = torch.tensor([0, 1, 127, 128, 129, 2047, 2048, 2049, 65535, 524287, 1048575])
    tensors = {"positions": positions.to(torch.int32)}
    for name, compressed in (("window", False), ("compressed", True)):
        f = frequencies(config, compressed)
        angle = positions.to(F32)[:, None] * f[None, :]
        tensors[f"{name}.frequencies"] = f
        tensors[f"{name}.cos"], tensors[f"{name}.sin"] = torch.cos(angle), torch.sin(angle)
    write_safetensors(out, tensors, {"made_by": "reference_forward.py angles, float32 cos and sin of torch " + torch.__version__})
    print(out, pathlib.Path(out).stat().st_size, "bytes")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("command", choices=["compare", "vectors", "mtp", "angles"])
    parser.add_argument("paths", nargs="+")
    parser.add_argument("--variant", choices=["ref", "float32"], default="ref")
    parser.add_argument("--ties", choices=["lowest", "torch"], default="lowest")
    parser.add_argument("--plain-probabilities", action="store_true")
    parser.add_argument("--rounded-roots", action="store_true")
    arguments = parser.parse_args()
    torch.manual_seed(0)
    if arguments.command == "angles":
        return far_angles(arguments.paths[0])
    with torch.no_grad():
        model = Model(arguments.paths[0], Numerics(arguments.variant, arguments.ties, arguments.plain_probabilities,
                                                     arguments.rounded_roots))
        if arguments.command == "compare":
            compare(model, arguments.paths[1])
        elif arguments.command == "vectors":
            vectors(model, *arguments.paths[1:])
        else:
            mtp(model, arguments.paths[1], arguments.variant)


if __name__ == "__main__":
    sys.exit(main())
