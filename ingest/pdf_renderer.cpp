// SPDX-License-Identifier: GPL-3.0-or-later
#include "ingest/pdf_renderer.h"

#include <exception>
#include <utility>

#include <fmt/format.h>

#include "file_bytes.h"
#include "poppler_file.h"

namespace ingest {

namespace {

/// Poppler and Qt may throw (memory); nothing of that leaves this library.
template <typename Call>
auto guarded(const std::filesystem::path& path, Call call) -> decltype(call())
try {
    return call();
} catch (const std::exception& exception) {
    return fail(ErrorCode::tooLarge, fmt::format("{}: {}", quoted(path), exception.what()));
}

} // namespace

struct PdfRenderer::Impl
{
    std::filesystem::path path;
    PopplerFile file;
};

PdfRenderer::PdfRenderer(std::unique_ptr<Impl> impl) : m_impl(std::move(impl)) {}
PdfRenderer::~PdfRenderer() = default;
PdfRenderer::PdfRenderer(PdfRenderer&&) noexcept = default;
PdfRenderer& PdfRenderer::operator=(PdfRenderer&&) noexcept = default;

Result<PdfRenderer> PdfRenderer::open(const std::filesystem::path& path,
                                      const std::string& password)
{
    return guarded(path, [&]() -> Result<PdfRenderer> {
        auto file = PopplerFile::open(path, password);
        if (!file)
            return tl::unexpected(file.error());
        return PdfRenderer(std::make_unique<Impl>(Impl{path, std::move(*file)}));
    });
}

std::size_t PdfRenderer::pageCount() const
{
    return m_impl->file.pageCount();
}

Result<PageSize> PdfRenderer::pageSize(std::size_t page) const
{
    return guarded(m_impl->path, [&] { return m_impl->file.pageSize(page); });
}

Result<std::string> PdfRenderer::pageLabel(std::size_t page) const
{
    return guarded(m_impl->path, [&] { return m_impl->file.pageLabel(page); });
}

Result<RenderedPage> PdfRenderer::render(std::size_t page, double scale,
                                         const std::stop_token& stop) const
{
    return guarded(m_impl->path, [&] { return m_impl->file.render(page, scale, stop); });
}

} // namespace ingest
