// SPDX-License-Identifier: GPL-3.0-or-later
#include "gui/page_provider.h"

#include <algorithm>
#include <deque>
#include <mutex>
#include <optional>
#include <utility>

#include "gui/ui_values.h"
#include "ingest/pdf_renderer.h"
#include "ingest/position.h"

namespace app {

namespace {

struct PageRequest
{
    int page = 0;
    double pixelsPerPoint = 1.0;
};

std::size_t byteOfCharacter(const std::string& text, qint64 character)
{
    std::size_t byte = 0;
    for (qint64 passed = 0; byte < text.size(); ++byte) {
        const bool begins = (static_cast<unsigned char>(text[byte]) & 0xC0U) != 0x80U;
        if (begins && passed++ == character) {
            return byte;
        }
    }
    return byte;
}

QList<ui::PageHighlight> highlightsOf(const ingest::DocumentMaps& maps, const std::string& text,
                                      ui::TextRange range)
{
    const ingest::Position position =
        ingest::locate(maps, byteOfCharacter(text, range.begin), byteOfCharacter(text, range.end));
    QList<ui::PageHighlight> highlights;
    for (const ingest::PageBox& box : position.boxes) {
        const int page = static_cast<int>(box.page) + 1;
        if (highlights.isEmpty() || highlights.back().page != page) {
            highlights.emplaceBack(ui::PageHighlight{page, {}});
        }
        const QPointF topLeft(static_cast<qreal>(box.box.x0), static_cast<qreal>(box.box.y0));
        const QPointF bottomRight(static_cast<qreal>(box.box.x1), static_cast<qreal>(box.box.y1));
        highlights.back().rects.append(QRectF(topLeft, bottomRight));
    }
    return highlights;
}

} // namespace

/// What the provider and its jobs share: a job may outlive the provider, and then answers nobody.
struct PageProvider::Shared
{
    std::mutex mutex;
    PageProvider* provider = nullptr;
    std::deque<PageRequest> pending;
    std::string file;
    std::optional<ingest::PdfRenderer> renderer; ///< the render thread only

    /// Runs `answer` in the GUI thread, if there still is a provider.
    template <typename Answer>
    void send(Answer answer)
    {
        const std::scoped_lock lock(mutex);
        if (provider != nullptr) {
            QMetaObject::invokeMethod(
                provider, [to = provider, answer] { answer(*to); }, Qt::QueuedConnection);
        }
    }

    void refuse(const PageRequest& request, const std::string& message)
    {
        send([page = request.page, text = toQt(message)](PageProvider& to) {
            Q_EMIT to.pageFailed(page, text);
        });
    }

    void renderNext(const std::stop_token& stop)
    {
        PageRequest request;
        {
            const std::scoped_lock lock(mutex);
            if (pending.empty()) {
                return;
            }
            request = pending.front();
            pending.pop_front();
        }
        if (!renderer) {
            auto opened = ingest::PdfRenderer::open(file);
            if (!opened) {
                refuse(request, opened.error().message);
                return;
            }
            renderer = std::move(*opened);
        }
        auto rendered = renderer->render(static_cast<std::size_t>(request.page - 1),
                                         request.pixelsPerPoint, stop);
        if (!rendered) {
            refuse(request, rendered.error().message);
            return;
        }
        const QImage view(rendered->pixels.data(), rendered->width, rendered->height,
                          static_cast<qsizetype>(rendered->strideBytes), QImage::Format_RGB32);
        send([request, image = view.copy()](PageProvider& to) {
            Q_EMIT to.pageRendered(request.page, request.pixelsPerPoint, image);
        });
    }
};

PageProvider::PageProvider(std::string file, std::shared_ptr<const ingest::DocumentMaps> maps,
                           std::shared_ptr<const std::string> text,
                           std::shared_ptr<JobThread> renderThread)
    : m_maps(std::move(maps)), m_text(std::move(text)), m_renderThread(std::move(renderThread)),
      m_shared(std::make_shared<Shared>())
{
    m_shared->provider = this;
    m_shared->file = std::move(file);
}

PageProvider::~PageProvider()
{
    const std::scoped_lock lock(m_shared->mutex);
    m_shared->provider = nullptr;
    m_shared->pending.clear();
}

int PageProvider::pageCount() const
{
    return static_cast<int>(m_maps->pages.size());
}

QSizeF PageProvider::pageSize(int page) const
{
    const ingest::Page& found = m_maps->pages.at(static_cast<std::size_t>(page - 1));
    return {static_cast<qreal>(found.widthPoints), static_cast<qreal>(found.heightPoints)};
}

QString PageProvider::pageLabel(int page) const
{
    const QString label = toQt(m_maps->pages.at(static_cast<std::size_t>(page - 1)).label);
    return label == QString::number(page) ? QString() : label;
}

void PageProvider::requestPage(int page, double pixelsPerPoint)
{
    {
        const std::scoped_lock lock(m_shared->mutex);
        m_shared->pending.push_back({page, pixelsPerPoint});
    }
    m_renderThread->post(
        [shared = m_shared](const std::stop_token& stop) { shared->renderNext(stop); });
}

void PageProvider::dropPendingPages()
{
    const std::scoped_lock lock(m_shared->mutex);
    m_shared->pending.clear();
}

void PageProvider::requestHighlight(ui::TextRange range)
{
    m_renderThread->post(
        [shared = m_shared, maps = m_maps, text = m_text, range](const std::stop_token&) {
            shared->send([range, found = highlightsOf(*maps, *text, range)](PageProvider& to) {
                Q_EMIT to.highlightReady(range, found);
            });
        });
}

} // namespace app
