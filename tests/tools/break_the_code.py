#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Breaks the engine in one place after another and says which tests notice.

    tests/tools/break_the_code.py [--build DIR] [NAME...]

Works on a copy of the tracked files in DIR (default /tmp/lectern-broken), never on this tree. For each row of
BREAKS it replaces one piece of text, builds the tests named beside it, runs them and puts the piece back.
Prints "seen failing" with the first test function that failed, "SURVIVED" where all passed, "no such place"
where the code has changed since. docs/pitfalls.md says which pitfall each break stands for.
"""
import argparse
import pathlib
import re
import shutil
import subprocess
import sys

GOLDEN = "tst_golden_tiny everyTensorAgrees:chunks of 300"
CHUNKS = "tst_golden_tiny everyTensorAgrees:chunks of 7"
SESSION = "tst_session restoredEqualsUninterrupted:129 tokens, float32"

# name (number of the pitfall first), file, piece, replacement, tests as "executable function:row"
BREAKS = [
    ("1 rotate-half", "engine/layers/rope.cpp",
     "        const float a = x[2 * j];\n        const float b = x[2 * j + 1];\n        x[2 * j] = a * cosines[j] - b * sines[j];\n        x[2 * j + 1] = a * sines[j] + b * cosines[j];",
     "        const float a = x[j];\n        const float b = x[j + pairs];\n        x[j] = a * cosines[j] - b * sines[j];\n        x[j + pairs] = a * sines[j] + b * cosines[j];",
     ["tst_attention_positions", GOLDEN]),
    ("2 window theta on compressed layers", "engine/layers/rope.cpp",
     "compressed ? config.compressRopeTheta : config.ropeTheta", "config.ropeTheta",
     ["tst_attention_positions", GOLDEN]),
    ("3 compressed theta on window layers", "engine/layers/attention.cpp",
     "const RopeBlock& rope =\n        config.compressRatios[layer] == 0 ? *block.windowRope : *block.compressedRope;",
     "static_cast<void>(layer);\n    const RopeBlock& rope = *block.compressedRope;", [GOLDEN]),
    ("4 compressed rows turned at their last token", "engine/layers/compressor.cpp",
     "rope.angles(first, cosines.data()", "rope.angles(first + weights.ratio - 1, cosines.data()", [GOLDEN]),
    ("4 compressed rows not turned", "engine/layers/compressor.cpp",
     "rope.angles(first, cosines.data()", "rope.angles(0, cosines.data()", [GOLDEN]),
    ("5 mscale on the softmax", "engine/layers/attention.cpp",
     "p.scale = 1.0F / std::sqrt(static_cast<float>(config.headDim));",
     "p.scale = 1.2772589F / std::sqrt(static_cast<float>(config.headDim));", [GOLDEN]),
    ("5 mscale on the angles", "engine/layers/rope.cpp",
     "cosines[j] = std::cos(angle);\n        sines[j] = std::sin(angle);",
     "cosines[j] = 1.2772589F * std::cos(angle);\n        sines[j] = 1.2772589F * std::sin(angle);",
     ["tst_attention_positions", GOLDEN]),
    ("6 no inverse rotation", "engine/layers/attention.cpp",
     "            rotateBack(head + rotated, rope.cosines(t), rope.sines(t), rope.pairs());\n", "", [GOLDEN]),
    ("7 angles in double", "engine/layers/rope.cpp",
     "const float angle = p * m_frequencies[j];\n        cosines[j] = std::cos(angle);\n        sines[j] = std::sin(angle);",
     "const double angle = static_cast<double>(p) * static_cast<double>(m_frequencies[j]);\n        cosines[j] = static_cast<float>(std::cos(angle));\n        sines[j] = static_cast<float>(std::sin(angle));",
     ["tst_attention_positions"]),
    ("8 a row is seen before its last token", "engine/layers/attention.cpp",
     "(block.firstPosition + t + 1) / ratio);", "(block.firstPosition + t + 2) / ratio);", [GOLDEN]),
    ("8 the indexer sees a row before its last token", "engine/layers/lightning_indexer.cpp",
     "return static_cast<std::size_t>((block.firstPosition + token + 1) / ModelConfig::kCsaRatio);",
     "return static_cast<std::size_t>((block.firstPosition + token + 2) / ModelConfig::kCsaRatio);", [GOLDEN]),
    ("9 index keys of earlier chunks forgotten", "engine/layers/attention.cpp",
     "    m_indexCompressor.forward(block, weights.indexer->compressor,",
     "    if (block.firstPosition % 1024 == 0)\n        cache.indexKeys.clear();\n    m_indexCompressor.forward(block, weights.indexer->compressor,",
     ["tst_session cutsDoNotMatter:float32"]),
    ("10 no Hadamard on the keys", "engine/layers/attention.cpp",
     "        hadamard(row, config.indexHeadDim);\n", "", [GOLDEN]),
    ("11 a group of exactly four tokens is late", "engine/layers/compressor.cpp",
     "const std::uint64_t endGroup = (block.firstPosition + block.size()) / weights.ratio;",
     "const std::uint64_t endGroup = std::max<std::uint64_t>(block.firstPosition + block.size(), 1) / weights.ratio - (block.firstPosition + block.size() == 4 && weights.ratio == 4 ? 1 : 0);",
     ["tst_session cutsDoNotMatter:float32", "tst_session restoredEqualsUninterrupted:4 tokens, float32"]),
    ("13 overlap halves swapped", "engine/layers/compressor.cpp",
     "add(first + i, weights.overlap ? weights.rowDim : 0, false);", "add(first + i, 0, false);", [GOLDEN]),
    ("13 previous group lost at a cut", "engine/layers/compressor.cpp",
     "    if (weights.overlap && openBegin > block.firstPosition) {",
     "    if (weights.overlap && openBegin > block.firstPosition && block.size() > 16) {", [CHUNKS]),
    ("13 position inside the group off by one", "engine/layers/compressor.cpp",
     "const auto i = static_cast<std::size_t>((block.firstPosition + t) % weights.ratio);",
     "const auto i = static_cast<std::size_t>((block.firstPosition + t + 1) % weights.ratio);", [GOLDEN]),
    ("14 keys stored in another order than read", "engine/cache/key_store.cpp",
     "out[d] = static_cast<std::byte>(codeAt(page, inPage, d));",
     "out[d] = static_cast<std::byte>(codeAt(page, inPage, m_dim - 1 - d));",
     ["tst_session restoredEqualsUninterrupted:129 tokens, compact"]),
    ("15 indexer counts rows as tokens", "engine/layers/lightning_indexer.cpp",
     "(block.firstPosition + token + 1) / ModelConfig::kCsaRatio);", "(block.firstPosition + token + 1) / ModelConfig::kCsaRatio / 4);",
     [GOLDEN]),
    ("17 0x80 is NaN", "engine/model/number_formats.cpp",
     "if (exponent == 0xF && mantissa == 0x7)", "if (code == 0x80 || (exponent == 0xF && mantissa == 0x7))",
     ["tst_weight_formats everyCode"]),
    ("19 M instead of its transpose", "engine/kernels/cpu/reference_kernels.cpp",
     "p.combine[j * 4 + k] * p.streams", "p.combine[k * 4 + j] * p.streams", ["tst_kernels elementwise"]),
    ("19 M stored transposed", "engine/layers/hyper_connection.cpp",
     "m.at[i / kStreams][i % kStreams][t - begin] =", "m.at[i % kStreams][i / kStreams][t - begin] =", [GOLDEN]),
    ("20 no factor 2", "engine/layers/hyper_connection.cpp", "2.0F * sigmoid(z[kStreams + i]",
     "sigmoid(z[kStreams + i]", [GOLDEN]),
    ("20 eps on post", "engine/layers/hyper_connection.cpp",
     "base[kStreams + i]);", "base[kStreams + i]) + 1e-3F;", [GOLDEN]),
    ("20 ends on rows", "engine/layers/hyper_connection.cpp",
     "        divideRows(m, eps);\n        divideColumns(m, eps);", "        divideColumns(m, eps);\n        divideRows(m, eps);",
     [GOLDEN, "tst_pitfalls mixEndsOnColumns"]),
    ("21 rms over each stream", "engine/layers/hyper_connection.cpp",
     "const float mean = block.kernels.sumOfSquares(x, width) / static_cast<float>(width);",
     "static_cast<void>(width);\n            const float mean = block.kernels.sumOfSquares(x, config.modelDim) / static_cast<float>(config.modelDim);",
     [GOLDEN]),
    ("22 sums in the order in which threads come", "engine/layers/moe.cpp",
     "output[d] += result[d];", "output[d] += result[d] * (block.pool.size() == 1 ? 1.0F : 1.0000001F);",
     ["tst_session cutsDoNotMatter:float32"]),
    ("23 shared expert without clamp", "engine/layers/moe.cpp",
     "block.config.swigluLimit, m_rowWeights[i]",
     "batch.begin >= block.size() * block.config.expertsPerToken ? 0.0F : block.config.swigluLimit, m_rowWeights[i]",
     ["tst_pitfalls sharedExpertIsClamped"]),
    ("24 gate clamped on both sides", "engine/kernels/cpu/reference_kernels.cpp",
     "const float g = limit > 0.0F ? std::min(gate[d], limit) : gate[d];",
     "const float g = limit > 0.0F ? std::clamp(gate[d], -limit, limit) : gate[d];", ["tst_pitfalls clampStandsBeforeSilu"]),
    ("24 clamp after silu", "engine/kernels/cpu/reference_kernels.cpp",
     "out[d] = g / (1.0F + std::exp(-g)) * u * weight;",
     "out[d] = std::min(gate[d] / (1.0F + std::exp(-gate[d])), limit > 0.0F ? limit : INFINITY) * u * weight + 0.0F * g;",
     ["tst_pitfalls clampStandsBeforeSilu"]),
    ("25 uniform weights in hash layers", "engine/layers/moe.cpp",
     "choices[i].weight = scores[choices[i].expert] / sum * config.routedScale;",
     "choices[i].weight = (weights.tokenMap.empty() ? scores[choices[i].expert] / sum : 1.0F / static_cast<float>(k)) * config.routedScale;",
     [GOLDEN]),
    ("25 not multiplied by the routed scale", "engine/layers/moe.cpp", " / sum * config.routedScale;", " / sum;", [GOLDEN]),
    ("25 bias in the weights", "engine/layers/moe.cpp",
     "sum += scores[choices[i].expert];",
     "sum += (scores[choices[i].expert] += weights.selectionBias.empty() ? 0.0F : weights.selectionBias[choices[i].expert]);",
     [GOLDEN]),
    ("26 expert ids through bfloat16", "engine/model/tensor_table.cpp",
     "out[i] = static_cast<std::int32_t>(value);",
     "out[i] = static_cast<std::int32_t>(toFloat(toBFloat16(static_cast<float>(value))));", ["tst_pitfalls expertIdsAreWhole"]),
    ("27 ids outside the vocabulary pass", "engine/session/session.cpp",
     "if (id < 0 || static_cast<std::size_t>(id) >= config.vocabSize)",
     "if (id < -1 || static_cast<std::size_t>(id + 1) > config.vocabSize)", ["tst_session wrongInputIsRefused"]),
    ("29 router in bfloat16", "engine/layers/moe.cpp",
     "scores[e] = std::sqrt(softplus(scores[e]));",
     "scores[e] = std::sqrt(softplus(toFloat(toBFloat16(scores[e]))));", [GOLDEN]),
    ("30 exponent byte taken as a number", "engine/model/stored_rows.cpp",
     "e8m0ToFloat(row.scales[(begin + i) / kFp8Block])", "static_cast<float>(row.scales[(begin + i) / kFp8Block])",
     [GOLDEN, "tst_weight_formats"]),
    ("31 high nibble first", "engine/model/stored_rows.cpp",
     "(k & 1U) != 0 ? byte >> 4U : byte & 0xFU", "(k & 1U) == 0 ? byte >> 4U : byte & 0xFU", [GOLDEN, "tst_weight_formats"]),
    ("34 packed FP4 is taken as something else", "engine/model/tensor_table.cpp",
     "const bool isFp4 = tensor->type == DType::i8;", "const bool isFp4 = false;",
     ["tst_checkpoint_files unchangedCopyOpens"]),
    ("36 compressor state not kept", "engine/session/checkpoint_codec.cpp",
     "                std::memcpy(row.data(), from, row.size_bytes());\n", "                static_cast<void>(from);\n", [SESSION]),
    ("36 window not kept", "engine/session/checkpoint_codec.cpp",
     "            cache.window.putPacked(p, row);\n", "", [SESSION]),
    ("a wrong point in the grid of IQ2_XXS", "engine/model/iq2xxs_grid.cpp",
     "0x4100, 0x4120, 0x4161", "0x4100, 0x4121, 0x4161", ["tst_weight_formats blocksOfGgml"]),
    ("ties do not go to the lower row", "engine/kernels/cpu/reference_kernels.cpp",
     "(scores[i] == least && equals == 0)", "(scores[i] == least && (equals == 0 || i == 0))", ["tst_stream_top_k"]),
]


def run(command, folder, timeout=600):
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=timeout)


def prepare(root, copy):
    copy.mkdir(parents=True, exist_ok=True)
    for name in run(["git", "ls-files", "--cached", "--others", "--exclude-standard"], root).stdout.splitlines():
        source, target = root / name, copy / name
        if source.is_file() and (not target.exists() or source.read_bytes() != target.read_bytes()):
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, target)
    if not (copy / "build/dev/build.ninja").exists():
        run(["cmake", "--preset", "dev", "-DLECTERN_GUI=OFF", "-DCMAKE_CXX_COMPILER_LAUNCHER=ccache"], copy)


def failing(copy, tests):
    """The first test function that fails, "" where none does, or None where it does not build."""
    targets = sorted({test.split()[0] for test in tests})
    built = run(["ninja", "-C", "build/dev", *targets], copy, 1800)
    if built.returncode != 0:
        print(built.stdout[-1500:], file=sys.stderr)
        return None
    for test in tests:
        name, _, function = test.partition(" ")
        program = next((copy / "build/dev/tests").rglob(name))
        found = run([str(program)] + ([function] if function else []), copy, 900)
        if found.returncode != 0:
            line = next((x for x in found.stdout.splitlines() if x.startswith("FAIL!")), "crashed")
            place = re.search(r"::(\w+\(.*?\))", line)
            return f"{name} {place.group(1) if place else line}"
    return ""


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=pathlib.Path, default=pathlib.Path("/tmp/lectern-broken"))
    parser.add_argument("names", nargs="*", help="only breaks whose name begins so")
    options = parser.parse_args()
    root = pathlib.Path(__file__).resolve().parents[2]
    if options.build.resolve() != root:
        prepare(root, options.build)
    survived = 0
    for name, file, piece, replacement, tests in BREAKS:
        if options.names and not any(name.startswith(wanted) for wanted in options.names):
            continue
        path = options.build / file
        original = path.read_text()
        if original.count(piece) < 1:
            print(f"{name}: no such place in {file}", flush=True)
            survived += 1
            continue
        path.write_text(original.replace(piece, replacement))
        try:
            result = failing(options.build, tests)
        finally:
            path.write_text(original)
        if result:
            print(f"{name}: seen failing, {result}", flush=True)
        else:
            survived += 1
            print(f"{name}: {'does not build' if result is None else 'SURVIVED'}", flush=True)
    return 1 if survived else 0


if __name__ == "__main__":
    sys.exit(main())
