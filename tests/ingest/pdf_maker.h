// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// Writes small PDF files by hand, so that a test knows where each word stands. The fonts are the
/// standard ones, whose widths every reader knows.
class PdfMaker final
{
public:
    /// Width and height in points; what follows goes on this page.
    void addPage(double width = 595.0, double height = 842.0);

    /// `x` and `y` of the line's begin, in points from the top left. `text` is Latin-1, and \x01 to
    /// \x07 are the ligatures ff fi fl ffi ffl st st(long) ; \x08 is a soft hyphen.
    void text(double x, double y, std::string_view text, double size = 11.0);

    /// Lines one below the other; returns the y of the next one.
    double lines(double x, double y, const std::vector<std::string>& texts, double size = 11.0,
                 double pitch = 14.0);

    /// A grey square, as a picture without text.
    void picture(double x, double y, double side);

    /// The inside of a /PageLabels number tree: "0 << /S /r >> 4 << /S /D >>".
    void setPageLabels(std::string numbers) { m_labels = std::move(numbers); }

    /// An outline entry on the outermost level, leading to a page (from 0) and a height.
    void addOutline(std::string title, int page, double y);

    void setTitle(std::string title) { m_title = std::move(title); }

    [[nodiscard]] std::string bytes() const;

private:
    struct PageContent
    {
        double width = 0.0;
        double height = 0.0;
        std::string stream;
    };
    struct OutlineItem
    {
        std::string title;
        int page = 0;
        double y = 0.0;
    };

    std::vector<PageContent> m_pages;
    std::vector<OutlineItem> m_outline;
    std::string m_labels;
    std::string m_title;
};
