// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "ingest/error.h"

namespace ingest {

struct PageSize
{
    double widthPoints = 0.0; ///< 1/72 inch, as shown (the page's own rotation applied)
    double heightPoints = 0.0;
};

/// A picture of a page: rows of 32-bit pixels 0xffRRGGBB in the machine's byte order, which is
/// what QImage::Format_ARGB32 and Format_RGB32 are.
struct RenderedPage
{
    int width = 0; ///< pixels
    int height = 0;
    std::size_t strideBytes = 0;
    std::vector<std::uint8_t> pixels; ///< strideBytes * height bytes
};

/// Draws the pages of a PDF for the reader pane.
///
/// Thread rule: one thread at a time, any thread; several instances work side by side.
class PdfRenderer final
{
public:
    /// Opens `path`; the file must stay where it is while the object lives.
    /// Errors: notFound, wrongKind, io, encrypted, wrongPassword, damaged.
    [[nodiscard]] static Result<PdfRenderer> open(const std::filesystem::path& path,
                                                  const std::string& password = {});

    ~PdfRenderer();
    PdfRenderer(PdfRenderer&&) noexcept;
    PdfRenderer& operator=(PdfRenderer&&) noexcept;
    PdfRenderer(const PdfRenderer&) = delete;
    PdfRenderer& operator=(const PdfRenderer&) = delete;

    [[nodiscard]] std::size_t pageCount() const;

    /// Errors, here and below: damaged when the page is not there or cannot be loaded.
    [[nodiscard]] Result<PageSize> pageSize(std::size_t page) const;

    /// The printed number by the file's own page labels, else the 1-based number. (Document::maps
    /// knows more: it also reads the numbers printed on the pages.)
    [[nodiscard]] Result<std::string> pageLabel(std::size_t page) const;

    /// Draws a whole page on white; `scale` 1.0 is 72 pixels an inch. Also tooLarge (more than
    /// 100 million pixels) and cancelled, which takes effect within the page.
    [[nodiscard]] Result<RenderedPage> render(std::size_t page, double scale,
                                              const std::stop_token& stop = {}) const;

private:
    struct Impl;
    explicit PdfRenderer(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> m_impl;
};

} // namespace ingest
