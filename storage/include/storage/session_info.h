// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>

#include "storage/ranges.h"

namespace storage {

/// What the tokens and the cache of a session belong to. The strings are the caller's and are
/// compared by the caller; storage only keeps them.
struct ModelIdentity
{
    std::string name;        ///< for people: "Lectern built-in 2"
    std::string fingerprint; ///< weights, configuration and tokenizer
    std::string cacheFormat; ///< how rows are packed
    std::string numerics;    ///< which arithmetic made them, where that changes bits

    friend bool operator==(const ModelIdentity&, const ModelIdentity&) = default;
};

/// What a new session starts with.
struct NewSession
{
    std::string title;
    std::string programVersion;
    ModelIdentity model;
};

/// The head of a session file.
struct SessionInfo
{
    std::string title;
    Timestamp created;
    Timestamp lastUsed;         ///< set by create(), and by SessionFile::touch()
    std::string programVersion; ///< of the program that made the file
    int schemaVersion = 0;
    ModelIdentity model;
};

/// One row of a list of sessions; read without disturbing a program that has the session open.
struct SessionSummary
{
    SessionInfo info;
    std::uint64_t sourceCount = 0; ///< left-out files are not counted
    std::uint64_t messageCount = 0;
    std::uint64_t tokensRead = 0;
    std::uint64_t tokensKnown = 0; ///< of all sources, read or not, as far as they are counted
    std::string lastQuestion;      ///< text of the newest message of the user; empty before it
    std::uint64_t fileBytes = 0;
};

} // namespace storage
