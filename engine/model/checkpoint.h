// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "engine/error.h"
#include "model/dtype.h"

namespace engine {

class MappedFile;
struct GgufMetadata;

/// One tensor of a checkpoint: a view into the memory-mapped file.
struct TensorView
{
    std::string name; ///< as the file has it; a part of a larger tensor says so: "x[3]"
    DType type = DType::f32;
    std::vector<std::size_t> shape; ///< outermost first, as [outputs, inputs]
    std::span<const std::byte> bytes;
    const std::filesystem::path* file = nullptr; ///< owned by the Checkpoint
};

[[nodiscard]] std::string shapeText(std::span<const std::size_t> shape);

/// The tensors of a checkpoint under their official names (tensor_names.h), however it is stored:
/// `model.safetensors`, the shards that `model.safetensors.index.json` names, or GGUF in one file
/// or several. Memory-mapped, never copied.
///
/// Thread rule: const once opened.
class Checkpoint
{
public:
    /// Opens what lies at `path`: a folder, a safetensors file or a GGUF file (any part of a split
    /// one). With `problems`, a shard that cannot be read, or does not hold what the index says,
    /// is noted there and the rest is opened.
    [[nodiscard]] static Result<std::shared_ptr<const Checkpoint>>
    open(const std::filesystem::path& path, std::vector<Error>* problems = nullptr);

    /// A folder with safetensors; as open().
    [[nodiscard]] static Result<std::shared_ptr<const Checkpoint>>
    openDirectory(const std::filesystem::path& directory, std::vector<Error>* problems = nullptr);
    /// One file, its names as they are: for files that are no checkpoint.
    [[nodiscard]] static Result<std::shared_ptr<const Checkpoint>>
    openFile(const std::filesystem::path& file);

    ~Checkpoint();
    Checkpoint(const Checkpoint&) = delete;
    Checkpoint& operator=(const Checkpoint&) = delete;

    /// Null when there is no such tensor.
    [[nodiscard]] const TensorView* find(const std::string& name) const;
    [[nodiscard]] const std::map<std::string, TensorView>& tensors() const { return m_tensors; }
    [[nodiscard]] std::uint64_t storedBytes() const { return m_storedBytes; }
    /// The folder or file, for messages.
    [[nodiscard]] const std::filesystem::path& path() const { return m_path; }
    /// What a GGUF file says beside its tensors; null for safetensors.
    [[nodiscard]] const GgufMetadata* ggufMetadata() const { return m_metadata.get(); }
    /// MTP blocks that a GGUF file holds.
    [[nodiscard]] std::size_t numMtpBlocks() const { return m_numMtpBlocks; }
    [[nodiscard]] std::size_t numFiles() const { return m_files.size(); }

private:
    Checkpoint();
    [[nodiscard]] static Result<std::shared_ptr<const Checkpoint>>
    openGguf(const std::filesystem::path& file, std::vector<Error>* problems);
    [[nodiscard]] Result<void> addSafetensors(const std::filesystem::path& file, bool asTheyAre,
                                              std::set<std::string>* names);
    [[nodiscard]] Result<void> addShard(const std::filesystem::path& index,
                                        const std::string& shard,
                                        const std::vector<std::string>& listed,
                                        std::vector<Error>* problems);
    [[nodiscard]] Result<void> addGguf(const std::filesystem::path& file,
                                       std::vector<TensorView>& stored);
    [[nodiscard]] Result<void> nameGgufTensors(std::vector<TensorView> stored);
    [[nodiscard]] Result<void> add(std::string name, TensorView view);
    void completeMtpBlock(const std::string& prefix);

    std::filesystem::path m_path;
    std::vector<std::unique_ptr<MappedFile>> m_files;
    std::map<std::string, TensorView> m_tensors;
    std::unique_ptr<GgufMetadata> m_metadata;
    std::vector<std::vector<std::byte>> m_made; ///< what cannot be a view into a file
    std::size_t m_numMtpBlocks = 0;
    std::uint64_t m_storedBytes = 0;
};

} // namespace engine
