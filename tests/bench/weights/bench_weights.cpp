// SPDX-License-Identifier: GPL-3.0-or-later
// What mapped weights cost: the matrix products of one token and of a block of 256 in the shapes
// and formats of the built-in model, weights in panels and as stored. Needs no model and no Qt.
// First every instruction set's decoders are held against the plain ones.
//
//     bench_weights [threads]
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <random>

#include <time.h>

#include "kernels/mapped_matmul.h"
#include "kernels/panel_decoder.h"
#include "layers/block.h"

using namespace engine;

namespace {

std::mt19937 g_random(20261125);

/// A stored matrix of random codes with scales of ordinary size.
struct Stored
{
    std::vector<std::uint8_t> codes;
    std::vector<std::uint8_t> scales;
    PackedMatrix mapped;
    PackedMatrix panels;
};

void fillCodes(DType type, std::vector<std::uint8_t>& codes)
{
    const auto block = blockLayout(type);
    for (std::size_t i = 0; i < codes.size(); ++i) {
        const auto code = static_cast<std::uint8_t>(g_random());
        const std::size_t place = i % block.bytes;
        codes[i] = code;
        if (type == DType::f8e4m3 && (code & 0x7FU) == 0x7FU)
            codes[i] = 0x7E;
        if (type == DType::bf16 && place == 1)
            codes[i] = 0x3C;
        if ((type == DType::f32 && place == 3) || (type == DType::f16 && place == 1))
            codes[i] = 0x3C;
        if (type == DType::mxfp4 && place == 0)
            codes[i] = static_cast<std::uint8_t>(110 + code % 20);
        // float16 scales
        const bool isScale = ((type == DType::q8_0 || type == DType::iq2_xxs) && place == 1) ||
                             (type == DType::q4_k && (place == 1 || place == 3)) ||
                             (type == DType::q2_k && (place == 81 || place == 83));
        if (isScale)
            codes[i] = 0x1C;
    }
}

Stored& add(std::deque<Stored>& all, DType type, std::size_t outputs, std::size_t inputs)
{
    Stored& stored = all.emplace_back();
    stored.codes.resize(outputs * storedRowBytes(type, inputs));
    fillCodes(type, stored.codes);
    StoredRows rows;
    rows.type = type;
    rows.data = stored.codes.data();
    rows.rowBytes = storedRowBytes(type, inputs);
    rows.rowCount = outputs;
    if (type == DType::f8e4m3 || type == DType::i8) {
        rows.scaleStride = type == DType::i8 ? (inputs + 31) / 32 : (inputs + 127) / 128;
        stored.scales.resize(rows.scaleStride * outputs);
        for (auto& scale : stored.scales)
            scale = static_cast<std::uint8_t>(110 + g_random() % 20);
        rows.scales = stored.scales.data();
    }
    stored.mapped = PackedMatrix::mapped(inputs, rows);
    stored.panels = unpacked(Isa::reference, stored.mapped);
    return stored;
}

bool decodersAgree(Isa isa)
{
    bool agree = true;
    for (const DType type : {DType::f8e4m3, DType::i8, DType::mxfp4, DType::bf16, DType::f32,
                             DType::f16, DType::q8_0, DType::q4_k, DType::q2_k, DType::iq2_xxs}) {
        for (const std::size_t inputs : {256U, 512U, 768U, 1056U, 333U}) {
            if (inputs % blockLayout(type).elements != 0)
                continue;
            std::deque<Stored> all;
            const Stored& stored = add(all, type, 37, inputs);
            AlignedArray<std::byte> found(stored.mapped.numPanels() * stored.mapped.panelBytes());
            decodePanels(isa, stored.mapped, 0, stored.mapped.numPanels(), found.data());
            const void* wanted = stored.mapped.isFloat32()
                                     ? static_cast<const void*>(stored.panels.floatPanel(0))
                                     : static_cast<const void*>(stored.panels.halfPanel(0));
            const bool same = std::memcmp(found.data(), wanted, found.size()) == 0;
            if (!same)
                std::printf("%s differs: %s, %zu inputs\n", isaName(isa).data(), dtypeName(type),
                            inputs);
            agree = agree && same;
        }
    }
    return agree;
}

/// The matrices that one token of the built-in model meets: four of eight experts.
std::deque<Stored> builtInShapes()
{
    std::deque<Stored> all;
    for (int layer = 0; layer < 8; ++layer) {
        for (int i = 0; i < 2; ++i)
            add(all, DType::f32, 24, 2048);
        add(all, DType::f8e4m3, 256, 512);
        add(all, DType::f8e4m3, 512, 256);
        add(all, DType::f8e4m3, 128, 512);
        add(all, DType::f8e4m3, 256, 256);
        add(all, DType::f8e4m3, 256, 256);
        add(all, DType::f8e4m3, 512, 512);
        if (layer >= 2 && layer % 2 == 0) {
            for (int i = 0; i < 4; ++i)
                add(all, DType::bf16, 256, 512);
            add(all, DType::f8e4m3, 1024, 256);
        }
        add(all, DType::bf16, 8, 512);
        for (int expert = 0; expert < 4; ++expert) {
            add(all, DType::i8, 512, 512);
            add(all, DType::i8, 512, 256);
        }
        add(all, DType::f8e4m3, 512, 512);
        add(all, DType::f8e4m3, 512, 256);
    }
    add(all, DType::f8e4m3, 16384, 512);
    return all;
}

/// Seconds, of processor time where one thread works: others then disturb less.
double now(bool oneThread)
{
    timespec time = {};
    clock_gettime(oneThread ? CLOCK_THREAD_CPUTIME_ID : CLOCK_MONOTONIC, &time);
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

struct Times
{
    double panels = 1e9;
    double mapped = 1e9;
};

/// Seconds of one pass over all matrices in either residency, the best of some in turns.
Times pass(const Block& block, const std::deque<Stored>& all, std::size_t rows)
{
    const bool oneThread = block.pool.size() == 1;
    Rows x;
    x.reset(rows, 2048);
    for (std::size_t r = 0; r < rows; ++r)
        for (std::size_t k = 0; k < 2048; ++k)
            x.row(r)[k] = static_cast<float>(static_cast<int>(g_random() % 2001) - 1000) * 1e-3F;
    std::vector<float> y(rows * 16384);
    Times best;
    for (int round = 0; round < (rows == 1 ? 60 : 8); ++round) {
        for (const bool mapped : {false, true}) {
            const double begin = now(oneThread);
            for (const Stored& stored : all)
                linear(block, x.row(0), x.stride(), rows, mapped ? stored.mapped : stored.panels,
                       y.data(), stored.mapped.outputs());
            double& least = mapped ? best.mapped : best.panels;
            least = std::min(least, now(oneThread) - begin);
        }
    }
    return best;
}

/// Gigaweights per second that one thread decodes.
double decodeRate(Isa isa, DType type)
{
    std::deque<Stored> all;
    const Stored& stored = add(all, type, 128, 4096);
    AlignedArray<std::byte> out(4 * stored.mapped.panelBytes());
    double best = 0.0;
    for (int round = 0; round < 12; ++round) {
        const double begin = now(true);
        for (std::size_t panel = 0; panel < stored.mapped.numPanels(); panel += 4)
            decodePanels(isa, stored.mapped, panel, panel + 4, out.data());
        best = std::max(best, 128.0 * 4096.0 / (now(true) - begin) * 1e-9);
    }
    return best;
}

} // namespace

int main(int argc, char** argv)
{
    bool agree = true;
    for (const Isa isa : supportedIsas())
        agree = decodersAgree(isa) && agree;
    std::printf("decoders %s\n", agree ? "agree" : "DIFFER");
    for (const Isa isa : supportedIsas()) {
        if (isa == Isa::amx)
            continue;
        std::printf("%-10s decodes, 10^9 weights/s:", isaName(isa).data());
        for (const DType type : {DType::f8e4m3, DType::i8, DType::mxfp4, DType::bf16, DType::f32,
                                 DType::f16, DType::q8_0, DType::q4_k, DType::q2_k, DType::iq2_xxs})
            std::printf(" %s %.2f", type == DType::i8 ? "FP4" : dtypeName(type),
                        decodeRate(isa, type));
        std::printf("\n");
    }
    const std::deque<Stored> all = builtInShapes();
    const ModelConfig config;
    ThreadPool pool(argc > 1 ? static_cast<unsigned>(std::atoi(argv[1])) : 1);
    for (const Isa isa : supportedIsas()) {
        if (isa == Isa::reference)
            continue;
        const Block block{config, kernelsFor(isa), pool, 0, {}, nullptr, nullptr, 0, {}};
        for (const std::size_t rows : {1U, 16U, 256U}) {
            const Times best = pass(block, all, rows);
            std::printf("%-8s %3zu rows, %zu threads: panels %8.3f ms, mapped %8.3f ms, x%.2f\n",
                        isaName(isa).data(), rows, pool.size(), best.panels * 1e3,
                        best.mapped * 1e3, best.mapped / best.panels);
        }
    }
    return agree ? 0 : 1;
}
