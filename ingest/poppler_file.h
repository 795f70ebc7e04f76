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
#include "ingest/pdf_renderer.h"

namespace ingest {

/// A rectangle in points from the top left corner of the page as shown.
struct PdfRect
{
    float x0 = 0.0F;
    float y0 = 0.0F;
    float x1 = 0.0F;
    float y1 = 0.0F;

    [[nodiscard]] float height() const { return y1 - y0; }
    [[nodiscard]] float width() const { return x1 - x0; }
};

/// A word as printed: ligatures taken apart, soft hyphens and control codes gone.
struct PdfWord
{
    std::string text; ///< UTF-8, not empty
    PdfRect rect;
    bool spaceAfter = false;
    bool endsLine = false;
    bool softBreak = false;   ///< ends with a hyphen that only the line end made
    bool rightToLeft = false; ///< of a script that is read so
};

/// A page's words in reading order, as the library sees it (columns are followed).
struct PdfPageText
{
    std::string label;
    float widthPoints = 0.0F;
    float heightPoints = 0.0F;
    std::vector<PdfWord> words;
    std::size_t unreadable = 0; ///< characters that the file gives no meaning to
};

struct PdfOutlineItem
{
    std::string title;
    std::uint32_t level = 0;
    std::uint32_t page = 0;
    float top = 0.0F; ///< share of the page's height
};

/// An open PDF document. The one place that knows Poppler.
///
/// Thread rule: one thread at a time; instances are independent of one another.
class PopplerFile final
{
public:
    /// Errors: notFound, wrongKind, io, encrypted, wrongPassword, damaged.
    [[nodiscard]] static Result<PopplerFile> open(const std::filesystem::path& path,
                                                  const std::string& password);

    ~PopplerFile();
    PopplerFile(PopplerFile&&) noexcept;
    PopplerFile& operator=(PopplerFile&&) noexcept;
    PopplerFile(const PopplerFile&) = delete;
    PopplerFile& operator=(const PopplerFile&) = delete;

    [[nodiscard]] std::size_t pageCount() const;
    /// By the document's own metadata; may be empty or nonsense.
    [[nodiscard]] std::string title() const;
    [[nodiscard]] std::vector<PdfOutlineItem> outline() const;
    /// Errors, here and below: damaged, cancelled.
    [[nodiscard]] Result<PdfPageText> readPage(std::size_t page, const std::stop_token& stop) const;
    [[nodiscard]] Result<PageSize> pageSize(std::size_t page) const;
    [[nodiscard]] Result<std::string> pageLabel(std::size_t page) const;
    [[nodiscard]] Result<RenderedPage> render(std::size_t page, double scale,
                                              const std::stop_token& stop) const;

    /// What the library has complained about so far, repetitions left out.
    [[nodiscard]] const std::vector<std::string>& complaints() const;

private:
    struct Impl;
    explicit PopplerFile(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> m_impl;
};

} // namespace ingest
