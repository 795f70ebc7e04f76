// SPDX-License-Identifier: GPL-3.0-or-later
#include "file_bytes.h"

#include <algorithm>
#include <cerrno>
#include <memory>
#include <system_error>
#include <vector>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

#include "ingest/read_document.h"
#include "unicode.h"

namespace ingest {

namespace {

constexpr std::size_t kReadBytes = std::size_t{1} << 20U;

class FileDescriptor final
{
public:
    explicit FileDescriptor(int value) : m_value(value) {}
    ~FileDescriptor()
    {
        if (m_value >= 0)
            ::close(m_value);
    }
    FileDescriptor(const FileDescriptor&) = delete;
    FileDescriptor& operator=(const FileDescriptor&) = delete;
    [[nodiscard]] int get() const { return m_value; }

private:
    int m_value;
};

tl::unexpected<Error> failSystem(const std::filesystem::path& path, int error)
{
    if (error == ENOENT || error == ENOTDIR)
        return fail(ErrorCode::notFound, fmt::format("{} does not exist", quoted(path)));
    return fail(ErrorCode::io, fmt::format("{} cannot be read: {}", quoted(path),
                                           std::generic_category().message(error)));
}

/// Hands the file's bytes to `take` piece by piece, until it returns false.
template <typename Take>
Result<void> forEachPiece(const std::filesystem::path& path, const std::stop_token& stop, Take take)
{
    if (const auto facts = statFile(path); !facts)
        return tl::unexpected(facts.error());
    const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (file.get() < 0)
        return failSystem(path, errno);
    std::vector<char> buffer(kReadBytes);
    for (;;) {
        if (stop.stop_requested())
            return fail(ErrorCode::cancelled,
                        fmt::format("reading {} was cancelled", quoted(path)));
        const auto count = ::read(file.get(), buffer.data(), buffer.size());
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return failSystem(path, errno);
        if (count == 0 || !take(std::string_view(buffer.data(), static_cast<std::size_t>(count))))
            return {};
    }
}

std::string hexDigest(const XXH128_hash_t& hash)
{
    return fmt::format("{:016x}{:016x}", hash.high64, hash.low64);
}

} // namespace

std::string quoted(const std::filesystem::path& path)
{
    return fmt::format("“{}”", toValidUtf8(path.string()));
}

Result<FileFacts> statFile(const std::filesystem::path& path)
{
    struct stat facts = {};
    if (::stat(path.c_str(), &facts) != 0)
        return failSystem(path, errno);
    if (S_ISDIR(facts.st_mode))
        return fail(ErrorCode::wrongKind,
                    fmt::format("{} is a folder; a file was wanted", quoted(path)));
    if (!S_ISREG(facts.st_mode))
        return fail(
            ErrorCode::wrongKind,
            fmt::format("{} is a device, a pipe or a socket; a file was wanted", quoted(path)));
    return FileFacts{static_cast<std::uint64_t>(facts.st_size),
                     static_cast<std::int64_t>(facts.st_mtim.tv_sec) * 1000 +
                         static_cast<std::int64_t>(facts.st_mtim.tv_nsec) / 1'000'000};
}

Result<std::string> readBytes(const std::filesystem::path& path, std::size_t maxBytes,
                              const std::stop_token& stop)
{
    std::string bytes;
    const auto done = forEachPiece(path, stop, [&](std::string_view piece) {
        bytes.append(piece.substr(0, std::min(piece.size(), maxBytes - bytes.size())));
        return bytes.size() < maxBytes;
    });
    if (!done)
        return tl::unexpected(done.error());
    return bytes;
}

std::string hashBytes(std::string_view bytes)
{
    return hexDigest(XXH3_128bits(bytes.data(), bytes.size()));
}

Result<std::string> hashFile(const std::filesystem::path& path, const std::stop_token& stop)
try {
    const std::unique_ptr<XXH3_state_t, XXH_errorcode (*)(XXH3_state_t*)> state(XXH3_createState(),
                                                                                XXH3_freeState);
    if (!state || XXH3_128bits_reset(state.get()) != XXH_OK)
        return fail(ErrorCode::io, "no memory for a checksum");
    const auto done = forEachPiece(path, stop, [&](std::string_view piece) {
        return XXH3_128bits_update(state.get(), piece.data(), piece.size()) == XXH_OK;
    });
    if (!done)
        return tl::unexpected(done.error());
    return hexDigest(XXH3_128bits_digest(state.get()));
} catch (const std::exception& exception) {
    return fail(ErrorCode::io,
                fmt::format("{} cannot be read: {}", quoted(path), exception.what()));
}

} // namespace ingest
