// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <memory>
#include <mutex>
#include <string>

#include "engine/model.h"
#include "engine/tokenizer.h"
#include "storage/session_info.h"
#include "usecases/error.h"

namespace app {

/// A model with the tokenizer that belongs to it.
struct LoadedModel
{
    std::shared_ptr<const engine::Model> model;
    std::shared_ptr<const engine::Tokenizer> tokenizer;
    /// What sessions read with it are marked with.
    storage::ModelIdentity identity;
};

/// Finds and opens the model when it is first needed: listing or exporting sessions needs none.
///
/// Thread rule: any thread; a second caller waits while the first one loads.
class ModelProvider
{
public:
    /// `wanted` as findModel() takes it. Nothing is touched before get().
    explicit ModelProvider(std::filesystem::path wanted = {});

    /// The model, opened by the first call; later calls return the same. A failure is not kept:
    /// the next call tries again.
    [[nodiscard]] Result<LoadedModel> get();

private:
    std::filesystem::path m_wanted;
    std::mutex m_mutex;
    std::unique_ptr<LoadedModel> m_loaded;
};

/// A model's name for people, from its config and size: "Lectern built-in (54M)" for the one that
/// comes with the program, otherwise the folder's name.
[[nodiscard]] std::string modelName(const engine::Model& model);

/// Why a session of `stored` cannot go on with `present`; empty when it can.
[[nodiscard]] std::string identityDifference(const storage::ModelIdentity& stored,
                                             const storage::ModelIdentity& present);

} // namespace app
