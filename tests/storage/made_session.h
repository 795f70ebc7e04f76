// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <QTemporaryDir>
#include <QTest>

#include "storage/session_file.h"

/// Fail the test with the message of a result. They have to stand in a test function.
#define VERIFY_RESULT(result)                                                                      \
    do {                                                                                           \
        const auto& outcome = (result);                                                            \
        QVERIFY2(outcome.has_value(), outcome.has_value() ? "" : outcome.error().message.c_str()); \
    } while (false)
#define VERIFY_ERROR(result, wanted)                                                               \
    do {                                                                                           \
        const auto& outcome = (result);                                                            \
        QVERIFY(!outcome.has_value());                                                             \
        QVERIFY2(outcome.error().code == (wanted), outcome.error().message.c_str());               \
    } while (false)

namespace storage::made {

/// A folder that goes away with the test.
class Folder final
{
public:
    [[nodiscard]] std::filesystem::path file(const std::string& name) const
    {
        return path() / name;
    }
    [[nodiscard]] std::filesystem::path path() const { return m_folder.path().toStdString(); }

private:
    QTemporaryDir m_folder;
};

[[nodiscard]] NewSession session(const std::string& title = "Made for a test");
[[nodiscard]] NewSource source(const std::string& path = "/books/whale.txt");

/// What a reading of any length must hold: each token and each byte of a row follows from its
/// place, so that a file can be checked without knowing how it was written.
[[nodiscard]] std::int32_t tokenAt(std::uint64_t position);
[[nodiscard]] std::vector<std::byte> checkpointAt(std::uint64_t tokenCount, std::size_t bytes);

struct Layer
{
    std::uint32_t layer;
    std::uint32_t kind;
    std::uint64_t tokensPerRow;
    std::size_t bytesPerRow;
};
/// Three layers with a row every 4 tokens and its key, two with one every 128.
[[nodiscard]] const std::vector<Layer>& layers();
[[nodiscard]] std::vector<std::byte> rows(const Layer& layer, std::uint64_t begin,
                                          std::uint64_t end);

/// A commit that brings the timeline from one length to another, and all that it points to.
class Step final
{
public:
    Step(std::uint64_t begin, std::uint64_t end, std::size_t checkpointBytes = 5000);

    ReadingCommit commit;

private:
    std::vector<std::int32_t> m_tokens;
    std::vector<std::vector<std::byte>> m_bytes;
    std::vector<RowBlock> m_blocks;
    std::vector<std::byte> m_checkpoint;
};

/// Whether the file holds exactly the timeline of `tokens` made by steps. Empty if so, else what
/// differs.
[[nodiscard]] std::string differenceFrom(SessionFile& file, std::uint64_t tokens,
                                         std::size_t checkpointBytes = 5000);

} // namespace storage::made
