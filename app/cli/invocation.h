// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "cli/chat_arguments.h"
#include "usecases/transcript.h"

namespace app {

enum class Command
{
    window, ///< `lectern` and `lectern open`
    add,
    ask,
    chat,
    search,
    sources,
    sessions,
    exportTranscript,
    messages,
    duplicate,
    remove,
    hide,
    show,
    modelInfo,
    modelVerify,
    modelCheck,
    modelExportGguf,
    benchPrefill,
    benchDecode,
    benchReopen,
};

/// A command line, parsed and checked for form; nothing has been looked up.
struct Invocation
{
    Command command = Command::window;

    // Options of every command.
    std::filesystem::path library; ///< empty: the default
    std::filesystem::path model;   ///< empty: found by findModel()
    unsigned threads = 0;          ///< 0: all cores
    bool json = false;

    std::string session;
    std::vector<std::filesystem::path> paths; ///< add; open: to add as if dropped
    std::string text;     ///< question, message, what to search for, name of a copy
    std::string document; ///< remove, hide, show
    bool yes = false;     ///< remove: without being asked
    std::optional<std::int64_t> branchFrom; ///< ask: the message that the question follows
    std::optional<std::int64_t> again;      ///< ask: the question that is asked once more
    bool allBranches = false;               ///< export
    std::string password;
    bool readAgain = false;
    std::size_t limit = 50; ///< of search

    ChatArguments chat;

    TranscriptFormat format = TranscriptFormat::markdown;
    std::filesystem::path output; ///< empty: standard output (PDF: named after the session)

    std::filesystem::path expected;          ///< model verify
    std::string numerics = "float32";        ///< model verify: a NumericMode by name
    bool shapesOnly = false;                 ///< model check
    bool float32 = false;                    ///< model export-gguf
    std::uint64_t benchTokens = 0;           ///< 0: the bench's own default
    std::uint64_t decodeTokens = 128;        ///< bench decode
    std::optional<std::uint64_t> benchDepth; ///< tokens in the cache before the measured ones
    bool benchRead = false;                  ///< really read them
    bool benchSynthetic = false;             ///< bench reopen
    bool benchCold = false;                  ///< bench reopen

    // For scripts that take pictures of the window.
    std::filesystem::path screenshot;
    int width = 0;
    int height = 0;
};

/// Parses a command line. The second kind of result is an exit code: help or version were printed
/// (0), or what is wrong was (2).
[[nodiscard]] std::variant<Invocation, int> parseCommandLine(int argc, const char* const* argv);

} // namespace app
