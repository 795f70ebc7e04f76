// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "model/checkpoint.h"

namespace engine {

/// A tensor under its official name (reference section 4.1).
using NamedTensor = std::pair<std::string, TensorView>;

/// The official name of a tensor of a safetensors file: the names of transformers, mixtures of
/// both, and `weight_scale_inv` are translated (reference section 4.3); what is unknown stays.
[[nodiscard]] std::string officialName(std::string_view stored);

/// The official tensors in one of a safetensors file: itself under its official name, or the
/// slices of fused experts (`experts.gate_up_proj` [E, 2 I, D], `experts.down_proj` [E, D, I]).
[[nodiscard]] std::vector<NamedTensor> officialTensors(TensorView stored);

/// The official tensors in one of a GGUF file (reference section 4.4): stacked experts are sliced,
/// blocks from `numLayers` on are MTP blocks. `nextn.eh_proj` becomes "mtp.N.eh_proj.weight",
/// which the checkpoint splits, since its halves are columns. Unknown names stay.
[[nodiscard]] std::vector<NamedTensor> officialTensorsOfGguf(TensorView stored,
                                                             std::size_t numLayers);

/// The name in GGUF of an official tensor without experts ("layers.3.attn.wkv.weight"); empty where
/// there is none. Stacked experts have the official name without the number:
/// "ffn.experts.w1.weight".
[[nodiscard]] std::string ggufName(std::string_view official);

} // namespace engine
