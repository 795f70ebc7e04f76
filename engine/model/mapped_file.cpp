// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/mapped_file.h"

#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>

namespace engine {

namespace {

struct Descriptor
{
    int value = -1;
    ~Descriptor()
    {
        if (value >= 0)
            ::close(value);
    }
};

} // namespace

Result<std::unique_ptr<MappedFile>> MappedFile::open(const std::filesystem::path& path)
{
    const auto refused = [&](const char* what) {
        return fail(ErrorCode::io,
                    fmt::format("{}: {}: {}", path.string(), what, std::strerror(errno)));
    };
    // Without O_NONBLOCK a named pipe of that name would be waited for.
    Descriptor descriptor{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
    if (descriptor.value < 0)
        return refused("cannot be opened");
    struct stat status = {};
    if (::fstat(descriptor.value, &status) != 0)
        return refused("size unknown");
    if (!S_ISREG(status.st_mode))
        return fail(ErrorCode::badInput,
                    fmt::format("{}: wanted a model's file, found no regular file", path.string()));
    std::unique_ptr<MappedFile> file(new MappedFile(path));
    const auto size = static_cast<std::size_t>(status.st_size);
    if (size == 0)
        return file; // nothing can be mapped; readers say that the file is too short
    void* address = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, descriptor.value, 0);
    if (address == MAP_FAILED)
        return refused("cannot be mapped");
    file->m_bytes = {static_cast<const std::byte*>(address), size};
    return file;
}

MappedFile::~MappedFile()
{
    if (!m_bytes.empty())
        ::munmap(const_cast<std::byte*>(m_bytes.data()), m_bytes.size());
}

} // namespace engine
