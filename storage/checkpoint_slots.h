// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace storage {

/// To which state of which timeline a checkpoint belongs.
struct SlotKey
{
    std::int64_t stamp = 0;       ///< of the session and the model that reads it
    std::uint64_t tokenCount = 0; ///< length of the timeline
    std::int64_t chain = 0;       ///< of its last token block

    friend bool operator==(const SlotKey&, const SlotKey&) = default;
};

struct SlotCheckpoint
{
    SlotKey key;
    std::vector<std::byte> bytes;
};

/// The checkpoints of the last two commits, beside the session file while it is open for writing.
///
/// Two small files are overwritten in turn and never flushed: what a process has written survives
/// its kill -9, and that is all they are for. After a loss of power the session file's own newest
/// checkpoint is the one to go on from. They lie in a file system in memory where there is one, so
/// that they cost the disk nothing; otherwise, hidden, in the session's folder.
///
/// A slot proves itself: it has a checksum, and it counts only if its key fits the timeline.
class CheckpointSlots final
{
public:
    /// `session` must exist. Touches no file.
    explicit CheckpointSlots(const std::filesystem::path& session);
    /// Looks and writes in these folders only.
    CheckpointSlots(const std::filesystem::path& session,
                    std::vector<std::filesystem::path> folders);

    /// Writes a checkpoint without touching the one of `committed`, the timeline's stored length.
    /// False if no folder takes it: then it belongs into the session file.
    [[nodiscard]] bool write(const SlotKey& key, std::span<const std::byte> checkpoint,
                             std::uint64_t committed);
    /// The slots that are whole, longest timeline first.
    [[nodiscard]] std::vector<SlotCheckpoint> read() const;
    void remove();

    static constexpr std::size_t kSlots = 2;

private:
    [[nodiscard]] std::filesystem::path pathOf(const std::filesystem::path& folder,
                                               std::size_t slot) const;
    [[nodiscard]] std::size_t slotToOverwrite(std::uint64_t committed);

    std::string m_name;
    std::vector<std::filesystem::path> m_folders; ///< best first; the last is the session's
    std::optional<std::array<std::uint64_t, kSlots>> m_lengths; ///< what each slot holds
};

} // namespace storage
