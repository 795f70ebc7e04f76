// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>

#include <tl/expected.hpp>

#include "engine/model.h"
#include "engine/tokenizer.h"
#include "storage/session_info.h"

namespace app {

struct ReopenOptions
{
    std::filesystem::path folder; ///< where the session is made and deleted
    std::uint64_t tokens = 16'384;
    /// Rows and checkpoint are made up instead of read: for what storage costs at a length that
    /// reading would take an hour for. Everything else is as when reading.
    bool synthetic = false;
    bool cold = false; ///< the file is taken out of the page cache before it is opened
    unsigned threads = 0;
    std::function<void(std::uint64_t done)> progress; ///< may be empty
    std::stop_token stop;
};

struct ReopenFigures
{
    std::uint64_t tokens = 0;
    double readSeconds = 0.0;                        ///< from the first token to the last commit
    std::uint64_t bytesWritten = 0;                  ///< during that, from the operating system
    std::optional<std::uint64_t> deviceBytesWritten; ///< the same by all programs, from the device
    std::uint64_t fileBytes = 0;
    std::uint64_t cacheBytes = 0; ///< rows and keys
    double windowMs = 0.0;        ///< head, sources, conversation, first page of text
    double openMs = 0.0;          ///< everything that a question needs: passages, keys, state
    double openCpuMs = 0.0; ///< the same in the processor's time: not disturbed by other programs
    double locateMs = 0.0;  ///< the question's words and the indexer over everything
    double firstTokenMs = 0.0; ///< located, read the best passages, first token chosen
    std::uint64_t bytesBeforeFirstToken = 0;
    double duplicateMs = 0.0;
    std::uint64_t tokensReadAgain = 0;
    /// Continued without closing and after reopening: the same logits, bit by bit.
    bool logitsEqual = false;
    std::uint64_t peakResidentBytes = 0;
};

/// Makes a session of generated text, closes it, opens it and asks it something; measures each.
/// The error is a message for people.
[[nodiscard]] tl::expected<ReopenFigures, std::string>
measureReopening(const std::shared_ptr<const engine::Model>& model,
                 const engine::Tokenizer& tokenizer, const storage::ModelIdentity& identity,
                 const ReopenOptions& options);

} // namespace app
