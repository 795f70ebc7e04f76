#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes small random checkpoints of other shapes and what transformers computes from them.

An implementation that shares no line with ours: `DeepseekV4ForCausalLM` of transformers 5.17 in
float32, eager attention, on the CPU. Weights are stored under the published names (matrices
BF16, the rest F32), so `lectern model verify OUT/SHAPE --expected OUT/SHAPE/expected.safetensors`
holds the engine against it. Needs PyTorch, transformers and safetensors; the engine does not.

    transformers_vectors.py OUT [SHAPE...]
"""
import json
import pathlib
import re
import sys

import torch
from safetensors.torch import save_file
from transformers import DeepseekV4Config, DeepseekV4ForCausalLM

KINDS = {0: "sliding_attention", 4: "compressed_sparse_attention"}
DEFAULTS = dict(hidden=160, heads=6, groups=3, head_dim=128, rope=64, q_rank=72, o_rank=40, window=128,
                ratios=[0, 4, 128, 4], index_heads=8, index_dim=128, top_k=24, experts=6, used=2,
                expert_dim=48, hash_layers=1, scale=1.5, vocab=192, prefill=600, decode=40)
SHAPES = {
    # Three output groups, the first layer already compressed and indexed, a window that is no power of two.
    "csa-first": dict(ratios=[4, 0, 128, 4], window=96, hash_layers=0),
    # The heavily compressed kind first and of ratio 8, five heads in five groups, hash layers throughout.
    "ratio-8": dict(ratios=[8, 4, 8, 0, 4], heads=5, groups=5, window=16, top_k=5, hash_layers=5, experts=5, used=3),
    # A window larger than most passes, one group, top-k that takes every row.
    "wide-window": dict(ratios=[0, 128, 4], heads=4, groups=1, window=512, top_k=400, prefill=700),
    # Odd widths everywhere.
    # (The library's grouped products want hidden and expert widths that are multiples of 4.)
    "odd-widths": dict(hidden=140, heads=7, groups=7, q_rank=50, o_rank=23, expert_dim=36, vocab=151,
                       ratios=[128, 4, 0, 4], top_k=33, index_heads=5, scale=2.5, experts=7, used=4),
    # Narrow heads: 32 rotated of 64; the indexer's too.
    "narrow-heads": dict(head_dim=64, rope=32, index_dim=64, heads=8, groups=2, ratios=[0, 0, 4, 128, 4],
                         hash_layers=2, window=40),
    # Small enough to be kept with the tests (tests/data/golden).
    "small-csa-first": dict(ratios=[4, 0, 128], hidden=48, heads=3, groups=3, head_dim=32, rope=16, q_rank=20, o_rank=12,
                            window=24, index_heads=4, index_dim=32, top_k=7, experts=3, used=2, expert_dim=20,
                            hash_layers=0, vocab=61, prefill=260, decode=14),
    "small-ratio-8": dict(ratios=[8, 4, 0], hidden=40, heads=4, groups=2, head_dim=48, rope=32, q_rank=18, o_rank=10,
                          window=5, index_heads=6, index_dim=64, top_k=3, experts=4, used=3, expert_dim=12,
                          hash_layers=2, vocab=53, prefill=150, decode=21),
}

RENAMES = [
    (r"^model\.embed_tokens\.", "embed."), (r"^lm_head\.", "head."), (r"^model\.norm\.", "norm."),
    (r"^model\.hc_head\.(hc_)?(fn|base|scale)$", r"hc_head_\2"), (r"^model\.layers\.", "layers."),
    (r"\.input_layernorm\.", ".attn_norm."), (r"\.post_attention_layernorm\.", ".ffn_norm."),
    (r"\.attn_hc\.", ".hc_attn_"), (r"\.ffn_hc\.", ".hc_ffn_"),
    (r"\.self_attn\.compressor\.indexer\.q_b_proj\.", ".attn.indexer.wq_b."),
    (r"\.self_attn\.compressor\.indexer\.(scorer\.)?weights_proj\.", ".attn.indexer.weights_proj."),
    (r"\.self_attn\.compressor\.indexer\.(compressor\.)?", ".attn.indexer.compressor."),
    (r"\.self_attn\.compressor\.", ".attn.compressor."),
    (r"compressor\.kv_proj\.", "compressor.wkv."), (r"compressor\.gate_proj\.", "compressor.wgate."),
    (r"compressor\.kv_norm\.", "compressor.norm."), (r"compressor\.position_bias$", "compressor.ape"),
    (r"\.self_attn\.sinks$", ".attn.attn_sink"), (r"\.self_attn\.q_a_proj\.", ".attn.wq_a."),
    (r"\.self_attn\.q_a_norm\.", ".attn.q_norm."), (r"\.self_attn\.q_b_proj\.", ".attn.wq_b."),
    (r"\.self_attn\.kv_proj\.", ".attn.wkv."), (r"\.self_attn\.kv_norm\.", ".attn.kv_norm."),
    (r"\.self_attn\.o_a_proj\.", ".attn.wo_a."), (r"\.self_attn\.o_b_proj\.", ".attn.wo_b."),
    (r"\.mlp\.gate\.e_score_correction_bias$", ".ffn.gate.bias"), (r"\.mlp\.gate\.", ".ffn.gate."),
    (r"\.mlp\.shared_experts\.gate_proj\.", ".ffn.shared_experts.w1."),
    (r"\.mlp\.shared_experts\.down_proj\.", ".ffn.shared_experts.w2."),
    (r"\.mlp\.shared_experts\.up_proj\.", ".ffn.shared_experts.w3."),
]
BFLOAT = re.compile(r"^(embed|head)\.|\.w(q_a|q_b|kv|gate|o_a|o_b|1|2|3)\.weight$|weights_proj|gate\.weight$")


def make_config(p):
    rates = {"compressed_sparse_attention": 4, "heavily_compressed_attention": max([r for r in p["ratios"] if r > 4] or [128])}
    yarn = {"rope_type": "yarn", "type": "yarn", "factor": 16, "beta_fast": 32, "beta_slow": 1,
            "original_max_position_embeddings": 65536}
    return DeepseekV4Config(
        vocab_size=p["vocab"], hidden_size=p["hidden"], num_hidden_layers=len(p["ratios"]), num_attention_heads=p["heads"],
        num_key_value_heads=1, head_dim=p["head_dim"], qk_rope_head_dim=p["rope"], q_lora_rank=p["q_rank"],
        o_groups=p["groups"], o_lora_rank=p["o_rank"], n_routed_experts=p["experts"], num_experts_per_tok=p["used"],
        n_shared_experts=1, moe_intermediate_size=p["expert_dim"], num_hash_layers=p["hash_layers"],
        routed_scaling_factor=p["scale"], swiglu_limit=10.0, sliding_window=p["window"], index_n_heads=p["index_heads"],
        index_head_dim=p["index_dim"], index_topk=p["top_k"],
        layer_types=[KINDS.get(r, "heavily_compressed_attention") for r in p["ratios"]], compress_rates=rates,
        rope_theta=10000.0, compress_rope_theta=160000.0, rope_scaling=yarn, max_position_embeddings=1048576,
        num_nextn_predict_layers=0, attn_implementation="eager", dtype="float32")


def randomise(model, p, generator):
    def normal(tensor, deviation, mean=0.0):
        tensor.copy_(torch.randn(tensor.shape, generator=generator) * deviation + mean)

    with torch.no_grad():
        for name, tensor in list(model.named_parameters()) + list(model.named_buffers()):
            if "tid2eid" in name:
                for row in range(tensor.shape[0]):
                    tensor[row] = torch.randperm(p["experts"], generator=generator)[: p["used"]]
            elif not tensor.is_floating_point() or "inv_freq" in name or "rotary" in name:
                continue
            elif name.endswith("norm.weight") or "layernorm" in name:
                normal(tensor, 0.1, 1.0)
            elif name.endswith("_hc.scale") or name.endswith("hc_scale") or name.endswith("hc_head.scale"):
                normal(tensor, 0.1, 0.7)
            elif tensor.dim() >= 2 and not name.endswith("position_bias"):
                normal(tensor, tensor.shape[-1] ** -0.5 * (3.0 if "fn" in name.split(".")[-1] else 1.0))
            else:
                normal(tensor, 0.4)
            if tensor.is_floating_point() and tensor.dim() >= 2 and "hc" not in name and "position_bias" not in name:
                tensor.copy_(tensor.to(torch.bfloat16).to(torch.float32))  # so that BF16 holds it exactly


def published(model, p):
    tensors = {}
    for name, tensor in model.state_dict().items():
        if "inv_freq" in name or "rotary" in name:
            continue
        new = name
        for pattern, text in RENAMES:
            new = re.sub(pattern, text, new)
        value = tensor.detach()
        if new.endswith("mlp.experts.gate_up_proj") or new.endswith("mlp.experts.down_proj"):
            prefix = new.split(".mlp.")[0] + ".ffn.experts."
            for e in range(value.shape[0]):
                if "gate_up" in new:
                    tensors[f"{prefix}{e}.w1.weight"] = value[e, : p["expert_dim"]].to(torch.bfloat16).contiguous()
                    tensors[f"{prefix}{e}.w3.weight"] = value[e, p["expert_dim"]:].to(torch.bfloat16).contiguous()
                else:
                    tensors[f"{prefix}{e}.w2.weight"] = value[e].to(torch.bfloat16).contiguous()
            continue
        if new.endswith("tid2eid"):
            tensors[new] = value.to(torch.int64).contiguous()
        elif BFLOAT.search(new):
            tensors[new] = value.reshape(-1, value.shape[-1]).to(torch.bfloat16).contiguous()
        else:
            tensors[new] = value.to(torch.float32).contiguous()
    return tensors


def write_config(p, folder):
    (folder / "config.json").write_text(json.dumps({
        "architectures": ["DeepseekV4ForCausalLM"], "model_type": "deepseek_v4", "vocab_size": p["vocab"],
        "hidden_size": p["hidden"], "moe_intermediate_size": p["expert_dim"], "num_hidden_layers": len(p["ratios"]),
        "num_hash_layers": p["hash_layers"], "num_attention_heads": p["heads"], "num_key_value_heads": 1,
        "head_dim": p["head_dim"], "qk_rope_head_dim": p["rope"], "q_lora_rank": p["q_rank"], "o_groups": p["groups"],
        "o_lora_rank": p["o_rank"], "sliding_window": p["window"], "compress_ratios": p["ratios"], "rope_theta": 10000.0,
        "compress_rope_theta": 160000.0, "rope_scaling": {"type": "yarn", "factor": 16, "beta_fast": 32, "beta_slow": 1,
                                                          "original_max_position_embeddings": 65536},
        "index_n_heads": p["index_heads"], "index_head_dim": p["index_dim"], "index_topk": p["top_k"],
        "n_routed_experts": p["experts"], "n_shared_experts": 1, "num_experts_per_tok": p["used"],
        "scoring_func": "sqrtsoftplus", "norm_topk_prob": True, "topk_method": "noaux_tc",
        "routed_scaling_factor": p["scale"], "swiglu_limit": 10.0, "hc_mult": 4, "hc_sinkhorn_iters": 20, "hc_eps": 1e-6,
        "rms_norm_eps": 1e-6, "bos_token_id": 0, "eos_token_id": 1, "max_position_embeddings": 1048576,
        "hidden_act": "silu", "tie_word_embeddings": False, "num_nextn_predict_layers": 0, "torch_dtype": "bfloat16"},
        indent=1))


def make(name, out):
    p = {**DEFAULTS, **SHAPES[name]}
    generator = torch.Generator().manual_seed(sum(map(ord, name)))
    model = DeepseekV4ForCausalLM(make_config(p)).to(torch.float32).eval()
    randomise(model, p, generator)
    folder = out / name
    folder.mkdir(parents=True, exist_ok=True)
    write_config(p, folder)
    tensors = published(model, p)
    save_file(tensors, folder / "model.safetensors")
    tokens = torch.randint(2, p["vocab"], (p["prefill"] + p["decode"],), generator=generator)
    with torch.no_grad():
        result = model(tokens[None, : p["prefill"]], use_cache=True)
        prefill = result.logits[0]
        decode = []
        for i in range(p["prefill"], len(tokens)):
            result = model(tokens[None, i : i + 1], past_key_values=result.past_key_values, use_cache=True)
            decode.append(result.logits[0, -1])
    save_file({"tokens": tokens.to(torch.int64), "prefill_logits": prefill.float().contiguous(),
               "decode_logits": torch.stack(decode).float().contiguous()}, folder / "expected.safetensors")
    print(name, len(tensors), "tensors, logits up to", float(prefill.abs().max()))
    return tensors


if __name__ == "__main__":
    torch.set_num_threads(8)
    target = pathlib.Path(sys.argv[1])
    for shape in sys.argv[2:] or SHAPES:
        try:
            written = make(shape, target)
            odd = [f"{n} {list(t.shape)}" for n, t in written.items() if "mlp" in n or "self_attn" in n or "model." in n]
            print("  not renamed:" if odd else "  all renamed", odd[:8])
        except Exception as error:  # one shape that the library refuses must not hide the others
            import traceback
            print(shape, "failed:", error)
            traceback.print_exc(limit=4)
