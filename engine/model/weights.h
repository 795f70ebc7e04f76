// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/error.h"
#include "engine/model.h"
#include "engine/model_config.h"
#include "model/checkpoint.h"
#include "model/index_directions.h"
#include "model/packed_matrix.h"

namespace engine {

/// Parameters of one hyper-connection (reference section 2.2), float32.
struct HyperConnectionWeights
{
    PackedMatrix fn;          ///< [mixes, hcStreams * modelDim]
    std::vector<float> base;  ///< [mixes]
    std::vector<float> scale; ///< [3], or [1] for the head
};

/// Reference section 2.5. `overlap` doubles the projected width.
struct CompressorWeights
{
    std::size_t ratio = 0;
    std::size_t rowDim = 0; ///< width of a compressed row
    bool overlap = false;
    PackedMatrix wkv;        ///< [width, modelDim]
    PackedMatrix wgate;      ///< [width, modelDim]
    std::vector<float> ape;  ///< [ratio, width]
    std::vector<float> norm; ///< [rowDim]

    [[nodiscard]] std::size_t width() const { return overlap ? 2 * rowDim : rowDim; }
};

struct IndexerWeights
{
    PackedMatrix wqB;         ///< [indexHeads * indexHeadDim, queryRank]
    PackedMatrix weightsProj; ///< [indexHeads, modelDim]
    CompressorWeights compressor;
    std::optional<IndexDirections> directions; ///< beside the checkpoint, where there are any
};

struct AttentionWeights
{
    PackedMatrix wqA; ///< [queryRank, modelDim]
    std::vector<float> qNorm;
    PackedMatrix wqB; ///< [numHeads * headDim, queryRank]
    PackedMatrix wkv; ///< [headDim, modelDim]
    std::vector<float> kvNorm;
    std::vector<PackedMatrix> woA;    ///< per group [outputRank, numHeads / groups * headDim]
    PackedMatrix woB;                 ///< [modelDim, outputGroups * outputRank]
    std::vector<float> attentionSink; ///< [numHeads]
    std::optional<CompressorWeights> compressor;
    std::optional<IndexerWeights> indexer;
};

/// w1 (gate) and w3 (up) share their input and stand in one matrix, gate rows first.
struct ExpertWeights
{
    PackedMatrix gateUp; ///< [2 * expertDim, modelDim]
    PackedMatrix down;   ///< [modelDim, expertDim]
};

struct MoeWeights
{
    PackedMatrix gate;                  ///< [routedExperts, modelDim]
    std::vector<float> selectionBias;   ///< [routedExperts]; empty in hash layers
    std::vector<std::int32_t> tokenMap; ///< [vocabSize, expertsPerToken] in hash layers
    std::vector<ExpertWeights> experts;
    std::optional<ExpertWeights> shared;
};

struct LayerWeights
{
    HyperConnectionWeights hcAttention;
    HyperConnectionWeights hcFfn;
    std::vector<float> attentionNorm;
    std::vector<float> ffnNorm;
    AttentionWeights attention;
    MoeWeights moe;
};

/// A matrix of which single rows are looked up, kept as stored.
struct RowTable
{
    TensorView weight;
    std::optional<TensorView> scale;
};

/// The multi-token-prediction block (reference section 2.9). Embedding and head are the trunk's.
struct MtpWeights
{
    std::vector<float> embeddingNorm; ///< enorm, [modelDim]
    std::vector<float> streamNorm;    ///< hnorm, [modelDim]
    PackedMatrix embeddingProjection; ///< e_proj, [modelDim, modelDim]
    PackedMatrix streamProjection;    ///< h_proj, [modelDim, modelDim]
    LayerWeights layer;               ///< window only; scored routing
    HyperConnectionWeights hcHead;
    std::vector<float> norm;
    std::uint64_t parameterCount = 0; ///< not in ModelWeights::parameterCount, the trunk's
};

struct ModelWeights
{
    RowTable embedding; ///< [vocabSize, modelDim]
    std::vector<LayerWeights> layers;
    HyperConnectionWeights hcHead; ///< fn [hcStreams, hcStreams * modelDim]
    std::vector<float> norm;
    PackedMatrix head;               ///< [vocabSize, modelDim]
    bool isMapped = false;           ///< matrices are read from the checkpoint as stored
    std::uint64_t residentBytes = 0; ///< of memory that belongs to the weights
    std::optional<MtpWeights> mtp;
    std::string mtpNote; ///< why tensors under "mtp." are left out; empty where none are
    std::uint64_t parameterCount = 0;
};

/// Row `row` of a matrix in any stored format, as float32. `scale` is the block scale of FP8
/// (128x128) or of packed FP4 (32 inputs of one row).
void dequantizeRow(const TensorView& weight, const TensorView* scale, std::size_t row,
                   std::span<float> out);

/// The only place where tensor names are strings. Fails naming file, tensor, wanted and found.
/// Mapped matrices are not read, whatever their size; `checkpoint` must outlive them.
[[nodiscard]] Result<ModelWeights> bindWeights(const Checkpoint& checkpoint,
                                               const ModelConfig& config, Residency residency);

} // namespace engine
