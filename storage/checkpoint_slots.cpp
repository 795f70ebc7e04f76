// SPDX-License-Identifier: GPL-3.0-or-later
#include "checkpoint_slots.h"

#include <algorithm>
#include <cstdlib>
#include <system_error>

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

#include <fmt/format.h>

#include "checksum.h"

namespace storage {

namespace fs = std::filesystem;

namespace {

constexpr std::uint64_t kMagic = 0x31544f4c534e544cULL; // "LTNSLOT1"

struct Header
{
    std::uint64_t magic = kMagic;
    SlotKey key;
    std::uint64_t size = 0;
    std::int64_t checksum = 0; ///< of everything above and the bytes
};

std::int64_t checksumOfSlot(Header header, std::span<const std::byte> bytes)
{
    header.checksum = 0;
    return chainedChecksum(checksumOf(std::as_bytes(std::span{&header, 1})), checksumOf(bytes));
}

class Descriptor final
{
public:
    Descriptor(const fs::path& path, int flags)
        : m_value(::open(path.c_str(), flags | O_CLOEXEC | O_NOFOLLOW, 0600))
    {
        // Folders in memory are often open to everybody: a file of somebody else is none of ours.
        struct stat found = {};
        if (m_value >= 0 && (fstat(m_value, &found) != 0 || !S_ISREG(found.st_mode) ||
                             found.st_uid != geteuid() || found.st_nlink != 1)) {
            ::close(m_value);
            m_value = -1;
        }
    }
    ~Descriptor()
    {
        if (m_value >= 0)
            ::close(m_value);
    }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;

    [[nodiscard]] bool isOpen() const { return m_value >= 0; }
    [[nodiscard]] bool write(std::span<const std::byte> bytes, std::size_t at) const
    {
        while (!bytes.empty()) {
            const ssize_t done =
                pwrite(m_value, bytes.data(), bytes.size(), static_cast<off_t>(at));
            if (done <= 0)
                return false;
            at += static_cast<std::size_t>(done);
            bytes = bytes.subspan(static_cast<std::size_t>(done));
        }
        return true;
    }
    [[nodiscard]] bool read(std::span<std::byte> bytes, std::size_t at) const
    {
        while (!bytes.empty()) {
            const ssize_t done = pread(m_value, bytes.data(), bytes.size(), static_cast<off_t>(at));
            if (done <= 0)
                return false;
            at += static_cast<std::size_t>(done);
            bytes = bytes.subspan(static_cast<std::size_t>(done));
        }
        return true;
    }
    [[nodiscard]] std::uint64_t size() const
    {
        struct stat found = {};
        return fstat(m_value, &found) == 0 ? static_cast<std::uint64_t>(found.st_size) : 0;
    }

private:
    int m_value;
};

bool isInMemory(const fs::path& folder)
{
    struct statfs found = {};
    return statfs(folder.c_str(), &found) == 0 && found.f_type == TMPFS_MAGIC;
}

std::vector<fs::path> usualFolders(const fs::path& session)
{
    std::vector<fs::path> folders;
    const char* runtime = std::getenv("XDG_RUNTIME_DIR");
    for (const fs::path& folder :
         {fs::path(runtime == nullptr ? "" : runtime), fs::path("/dev/shm")})
        if (folder.is_absolute() && isInMemory(folder))
            folders.push_back(folder);
    folders.push_back(session.parent_path());
    return folders;
}

/// The same for every name of the file, and for no other file.
std::string nameFor(const fs::path& session)
{
    struct stat found = {};
    if (stat(session.c_str(), &found) != 0)
        return fmt::format(".{}", session.filename().string());
    return fmt::format(".lectern-{:x}-{:x}-{:x}", geteuid(), found.st_dev, found.st_ino);
}

std::optional<SlotCheckpoint> readSlot(const fs::path& path)
{
    const Descriptor file(path, O_RDONLY);
    Header header;
    if (!file.isOpen() || !file.read(std::as_writable_bytes(std::span{&header, 1}), 0) ||
        header.magic != kMagic || header.size > file.size())
        return std::nullopt;
    SlotCheckpoint slot{header.key, std::vector<std::byte>(header.size)};
    if (!file.read(slot.bytes, sizeof header) ||
        checksumOfSlot(header, slot.bytes) != header.checksum)
        return std::nullopt;
    return slot;
}

} // namespace

CheckpointSlots::CheckpointSlots(const fs::path& session)
    : CheckpointSlots(session, usualFolders(session))
{
}

CheckpointSlots::CheckpointSlots(const fs::path& session, std::vector<fs::path> folders)
    : m_name(nameFor(session)), m_folders(std::move(folders))
{
}

fs::path CheckpointSlots::pathOf(const fs::path& folder, std::size_t slot) const
{
    return folder / fmt::format("{}.state{}", m_name, slot);
}

std::size_t CheckpointSlots::slotToOverwrite(std::uint64_t committed)
{
    if (!m_lengths) {
        m_lengths.emplace();
        for (const fs::path& folder : m_folders) {
            for (std::size_t slot = 0; slot < kSlots; ++slot) {
                if (const auto found = readSlot(pathOf(folder, slot)))
                    (*m_lengths)[slot] = found->key.tokenCount;
            }
        }
    }
    return (*m_lengths)[0] == committed ? 1 : 0;
}

bool CheckpointSlots::write(const SlotKey& key, std::span<const std::byte> checkpoint,
                            std::uint64_t committed)
{
    const std::size_t slot = slotToOverwrite(committed);
    Header header;
    header.key = key;
    header.size = checkpoint.size();
    header.checksum = checksumOfSlot(header, checkpoint);
    for (const fs::path& folder : m_folders) {
        const Descriptor file(pathOf(folder, slot), O_WRONLY | O_CREAT);
        if (file.isOpen() && file.write(checkpoint, sizeof header) &&
            file.write(std::as_bytes(std::span{&header, 1}), 0)) {
            (*m_lengths)[slot] = key.tokenCount;
            return true;
        }
    }
    return false;
}

std::vector<SlotCheckpoint> CheckpointSlots::read() const
{
    std::vector<SlotCheckpoint> found;
    for (const fs::path& folder : m_folders) {
        for (std::size_t slot = 0; slot < kSlots; ++slot) {
            if (auto one = readSlot(pathOf(folder, slot)))
                found.push_back(std::move(*one));
        }
    }
    std::ranges::sort(found, [](const SlotCheckpoint& a, const SlotCheckpoint& b) {
        return a.key.tokenCount > b.key.tokenCount;
    });
    return found;
}

void CheckpointSlots::remove()
{
    std::error_code ignored;
    for (const fs::path& folder : m_folders) {
        for (std::size_t slot = 0; slot < kSlots; ++slot)
            fs::remove(pathOf(folder, slot), ignored);
    }
    m_lengths.reset();
}

} // namespace storage
