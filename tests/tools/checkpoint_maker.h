// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

/// A checkpoint in the published layout with made-up numbers: names, shapes, types, block scales,
/// index and config.json of DeepSeek-V4-Flash or -Pro, all widths real. What makes the published
/// ones large can be made smaller: layers, experts, vocabulary.
struct MadeCheckpoint
{
    enum class Shape
    {
        flash,
        pro,
    };
    enum class Fill
    {
        random, ///< numbers of about the size that keeps activations near one
        sparse, ///< zeros that take no room on the disk: for names and shapes
    };

    Shape shape = Shape::flash;
    std::size_t layers = 4; ///< the first of the published schedule
    std::size_t experts = 8;
    std::size_t vocabulary = 512;
    std::size_t shards = 3;
    bool mtp = true;
    bool namesExpertType = true; ///< config.json has `expert_dtype` (the first Flash has not)
    Fill fill = Fill::random;

    /// The whole published model: 43 or 61 layers, 256 or 384 experts, 129,280 tokens.
    static MadeCheckpoint published(Shape shape);
};

/// One tensor of the layout.
struct MadeTensor
{
    std::string name;
    std::string type; ///< as safetensors writes it
    std::vector<std::uint64_t> shape;

    [[nodiscard]] std::uint64_t bytes() const;
};

/// The tensors in the order in which they are written.
[[nodiscard]] std::vector<MadeTensor> tensorsOf(const MadeCheckpoint& made);

/// The published ratio of every layer, and one for the MTP block.
[[nodiscard]] std::vector<std::size_t> ratiosOf(const MadeCheckpoint& made);

/// Writes config.json, the index and the shards into `directory`. Empty, or what went wrong.
[[nodiscard]] std::string write(const MadeCheckpoint& made, const std::filesystem::path& directory);
