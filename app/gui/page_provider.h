// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <string>

#include "gui/job_thread.h"
#include "ingest/document.h"
#include "ui/reader_content.h"

namespace app {

/// Draws the pages of one PDF on the render thread that all open documents share.
class PageProvider final : public ui::PdfPageProvider
{
    Q_OBJECT
public:
    PageProvider(std::string file, std::shared_ptr<const ingest::DocumentMaps> maps,
                 std::shared_ptr<const std::string> text, std::shared_ptr<JobThread> renderThread);
    ~PageProvider() override;

    [[nodiscard]] int pageCount() const override;
    [[nodiscard]] QSizeF pageSize(int page) const override;
    [[nodiscard]] QString pageLabel(int page) const override;
    void requestPage(int page, double pixelsPerPoint) override;
    void dropPendingPages() override;
    void requestHighlight(ui::TextRange range) override;

private:
    struct Shared;

    std::shared_ptr<const ingest::DocumentMaps> m_maps;
    std::shared_ptr<const std::string> m_text;
    std::shared_ptr<JobThread> m_renderThread;
    std::shared_ptr<Shared> m_shared; ///< with the jobs on the render thread
};

} // namespace app
