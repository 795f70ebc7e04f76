// SPDX-License-Identifier: GPL-3.0-or-later
#include "reader/pdf_pane.h"

#include "style/tones.h"
#include "text/wording.h"

#include <QKeyEvent>
#include <QMouseEvent>
#include <QPainter>
#include <QPainterPath>
#include <QScrollBar>
#include <QVariantAnimation>
#include <QWheelEvent>

#include <algorithm>
#include <cmath>

namespace ui {
namespace {

constexpr double kGap = 10.0;    // points between pages
constexpr int kSide = 14;        // pixels of ground left and right
constexpr double kMinZoom = 0.2; // of the printed size
constexpr double kMaxZoom = 6.0;
constexpr double kScreenDpi = 96.0;
constexpr qsizetype kCacheBytes = 160 * 1000 * 1000;
constexpr int kRequestDelayMs = 20; // a flick through a book asks for few pages
constexpr int kPulseMs = 900;
constexpr double kMaxPagePixels = 36e6; // a poster at full zoom must not take a gigabyte

double printedScale()
{
    return kScreenDpi / 72.0;
}

} // namespace

PdfPane::PdfPane(std::shared_ptr<PdfPageProvider> pages, QWidget* parent)
    : QAbstractScrollArea(parent), m_pages(std::move(pages))
{
    setObjectName(QStringLiteral("pdfPane"));
    setFrameShape(QFrame::NoFrame);
    setFocusPolicy(Qt::StrongFocus);
    viewport()->setCursor(Qt::OpenHandCursor);
    verticalScrollBar()->setSingleStep(48);
    m_requestTimer.setSingleShot(true);
    m_requestTimer.setInterval(kRequestDelayMs);
    connect(&m_requestTimer, &QTimer::timeout, this, &PdfPane::requestVisible);
    connect(m_pages.get(), &PdfPageProvider::pageRendered, this, &PdfPane::takePage);
    connect(m_pages.get(), &PdfPageProvider::pageFailed, this,
            [this](int page, const QString& message) {
                m_failures.insert(page, message);
                viewport()->update();
            });
    m_pulse = new QVariantAnimation(this);
    m_pulse->setDuration(kPulseMs);
    m_pulse->setStartValue(1.0);
    m_pulse->setEndValue(0.0);
    connect(m_pulse, &QVariantAnimation::valueChanged, viewport(), qOverload<>(&QWidget::update));
    measure();
    applyFit();
}

PdfPane::~PdfPane() = default;

void PdfPane::measure()
{
    double top = kGap;
    for (int page = 1; page <= m_pages->pageCount(); ++page) {
        QSizeF size = m_pages->pageSize(page);
        if (size.isEmpty()) {
            size = QSizeF(595, 842); // a damaged page still has its place
        }
        m_sizes.push_back(size);
        m_tops.push_back(top);
        top += size.height() + kGap;
        m_widest = std::max(m_widest, size.width());
    }
    m_totalHeight = top;
}

void PdfPane::setFit(Fit fit)
{
    m_fit = fit;
    applyFit();
}

void PdfPane::applyFit()
{
    if (m_fit == Fit::none || m_tops.empty()) {
        updateBars();
        return;
    }
    const double byWidth = (viewport()->width() - 2.0 * kSide) / m_widest;
    const int page = std::max(1, currentPage());
    const double byHeight =
        (viewport()->height() - 2.0 * kSide) / m_sizes[static_cast<std::size_t>(page - 1)].height();
    setScale(m_fit == Fit::width ? byWidth : std::min(byWidth, byHeight));
    if (m_fit == Fit::page && m_lastPage > 0) {
        goToPage(page);
    }
}

void PdfPane::setZoom(double zoom)
{
    m_fit = Fit::none;
    setScale(zoom * printedScale());
}

double PdfPane::zoom() const
{
    return m_scale / printedScale();
}

void PdfPane::setScale(double scale)
{
    const double held = position();
    m_scale = std::clamp(scale, kMinZoom * printedScale(), kMaxZoom * printedScale());
    updateBars();
    setPosition(held);
    m_requestTimer.start();
    viewport()->update();
    Q_EMIT zoomChanged(zoom());
}

void PdfPane::updateBars()
{
    const int height = static_cast<int>(std::ceil(m_totalHeight * m_scale));
    const int width = static_cast<int>(std::ceil(m_widest * m_scale)) + 2 * kSide;
    verticalScrollBar()->setPageStep(viewport()->height());
    verticalScrollBar()->setRange(0, std::max(0, height - viewport()->height()));
    horizontalScrollBar()->setPageStep(viewport()->width());
    horizontalScrollBar()->setRange(0, std::max(0, width - viewport()->width()));
}

double PdfPane::position() const
{
    return verticalScrollBar()->value() / m_scale;
}

void PdfPane::setPosition(double points)
{
    verticalScrollBar()->setValue(static_cast<int>(std::lround(points * m_scale)));
}

QRectF PdfPane::paperRect(int page) const
{
    const auto index = static_cast<std::size_t>(page - 1);
    const QSizeF size = m_sizes[index] * m_scale;
    const double room = std::max<double>(viewport()->width(), m_widest * m_scale + 2 * kSide);
    return {(room - size.width()) / 2.0 - horizontalScrollBar()->value(),
            m_tops[index] * m_scale - verticalScrollBar()->value(), size.width(), size.height()};
}

std::pair<int, int> PdfPane::visiblePages() const
{
    if (m_tops.empty()) {
        return {1, 0};
    }
    const double top = position();
    const double bottom = top + viewport()->height() / m_scale;
    const auto after = std::upper_bound(m_tops.begin(), m_tops.end(), top);
    int first = std::max(1, static_cast<int>(after - m_tops.begin()));
    const auto index = static_cast<std::size_t>(first - 1);
    if (m_tops[index] + m_sizes[index].height() < top && first < pageCount()) {
        ++first;
    }
    const auto end = std::lower_bound(m_tops.begin(), m_tops.end(), bottom);
    return {first, std::max(first, static_cast<int>(end - m_tops.begin()))};
}

int PdfPane::currentPage() const
{
    if (m_tops.empty()) {
        return 0;
    }
    // The page that holds the line one third down: what a reader takes for "this page".
    const double eye = position() + viewport()->height() / m_scale / 3.0;
    const auto after = std::upper_bound(m_tops.begin(), m_tops.end(), eye);
    return std::max(1, static_cast<int>(after - m_tops.begin()));
}

void PdfPane::goToPage(int page)
{
    if (m_tops.empty()) {
        return;
    }
    const auto index = static_cast<std::size_t>(std::clamp(page, 1, pageCount()) - 1);
    setPosition(m_tops[index] - kGap / 2);
}

void PdfPane::showPassage(const QList<PageHighlight>& highlights)
{
    m_passage = highlights;
    scrollTo(highlights);
    m_pulse->stop();
    m_pulse->start();
    viewport()->update();
}

void PdfPane::clearPassage()
{
    m_passage.clear();
    viewport()->update();
}

void PdfPane::setMatch(const QList<PageHighlight>& highlights)
{
    m_match = highlights;
    scrollTo(highlights);
    viewport()->update();
}

void PdfPane::scrollTo(const QList<PageHighlight>& highlights)
{
    for (const PageHighlight& highlight : highlights) {
        if (highlight.rects.isEmpty() || highlight.page < 1 || highlight.page > pageCount()) {
            continue;
        }
        const auto index = static_cast<std::size_t>(highlight.page - 1);
        const QRectF first = highlight.rects.constFirst();
        const double at = m_tops[index] + first.top() * m_sizes[index].height();
        setPosition(at - viewport()->height() / m_scale / 3.0);
        const double x = first.center().x() * m_sizes[index].width() * m_scale;
        if (horizontalScrollBar()->maximum() > 0) {
            horizontalScrollBar()->setValue(
                static_cast<int>(std::lround(x - viewport()->width() / 2.0)));
        }
        return;
    }
}

double PdfPane::wantedPixelsPerPoint() const
{
    return m_scale * devicePixelRatioF();
}

void PdfPane::requestVisible()
{
    if (!isVisible()) {
        return;
    }
    const auto [first, last] = visiblePages();
    const double wanted = wantedPixelsPerPoint();
    m_pages->dropPendingPages();
    m_requested.clear();
    const auto ask = [&](int page) {
        if (page < 1 || page > pageCount() || m_failures.contains(page)) {
            return;
        }
        const QSizeF size = m_sizes[static_cast<std::size_t>(page - 1)];
        const double most = std::sqrt(kMaxPagePixels / (size.width() * size.height()));
        const double scale = std::min(wanted, most);
        const auto have = m_rendered.constFind(page);
        if (have == m_rendered.constEnd() || std::abs(have->pixelsPerPoint - scale) > 1e-3) {
            m_requested.insert(page, scale);
            m_pages->requestPage(page, scale);
        }
    };
    for (int page = first; page <= last; ++page) {
        ask(page);
    }
    ask(last + 1); // what comes next when reading on
    ask(first - 1);
}

void PdfPane::takePage(int page, double pixelsPerPoint, const QImage& image)
{
    m_requested.remove(page);
    m_rendered.insert(page, {image, pixelsPerPoint});
    trimCache();
    viewport()->update();
}

void PdfPane::trimCache()
{
    qsizetype bytes = 0;
    for (const Rendered& rendered : std::as_const(m_rendered)) {
        bytes += rendered.image.sizeInBytes();
    }
    const int here = currentPage();
    while (bytes > kCacheBytes && m_rendered.size() > 3) {
        int farthest = here;
        for (auto it = m_rendered.constBegin(); it != m_rendered.constEnd(); ++it) {
            if (std::abs(it.key() - here) >= std::abs(farthest - here)) {
                farthest = it.key();
            }
        }
        bytes -= m_rendered.value(farthest).image.sizeInBytes();
        m_rendered.remove(farthest);
    }
}

void PdfPane::drawMarks(QPainter& painter, int page, const QRectF& paper,
                        const QList<PageHighlight>& marks, const QColor& color) const
{
    QPainterPath ink; // one shape: two lines that touch must not be inked twice
    ink.setFillRule(Qt::WindingFill);
    for (const PageHighlight& mark : marks) {
        if (mark.page != page) {
            continue;
        }
        for (const QRectF& rect : mark.rects) {
            const QRectF place(paper.left() + rect.left() * paper.width(),
                               paper.top() + rect.top() * paper.height(),
                               rect.width() * paper.width(), rect.height() * paper.height());
            ink.addRect(place.adjusted(-1.5, -1.0, 1.5, 1.0));
        }
    }
    painter.fillPath(ink, color);
}

void PdfPane::paintEvent(QPaintEvent*)
{
    QPainter painter(viewport());
    const Tones t = tones(palette());
    const QColor ground = mixed(palette().color(QPalette::Window), palette().color(QPalette::Text),
                                t.dark ? 0.0 : 0.06);
    painter.fillRect(viewport()->rect(), ground);
    painter.setRenderHint(QPainter::SmoothPixmapTransform);
    const auto [first, last] = visiblePages();
    for (int page = first; page <= last; ++page) {
        const QRectF paper = paperRect(page).toAlignedRect();
        painter.fillRect(paper, Qt::white);
        const auto have = m_rendered.constFind(page);
        if (have != m_rendered.constEnd()) {
            painter.drawImage(paper, have->image);
        } else {
            painter.setPen(QColor(0x6b, 0x70, 0x76));
            painter.drawText(paper, Qt::AlignCenter | Qt::TextWordWrap,
                             m_failures.contains(page)
                                 ? tr("Page %1 cannot be shown.\n%2")
                                       .arg(numberText(page), m_failures.value(page))
                                 : tr("Page %1").arg(numberText(page)));
        }
        // Multiplied like ink of a highlighter: the letters stay black.
        painter.save();
        painter.setCompositionMode(QPainter::CompositionMode_Multiply);
        const double pulse = m_pulse->state() == QAbstractAnimation::Running
                                 ? m_pulse->currentValue().toDouble()
                                 : 0.0;
        drawMarks(painter, page, paper, m_passage,
                  mixed(QColor(0xff, 0xe5, 0x7a), QColor(0xff, 0xb8, 0x2e), pulse));
        drawMarks(painter, page, paper, m_match, QColor(0xb5, 0xd6, 0xff));
        painter.restore();
        painter.setPen(t.border);
        painter.setBrush(Qt::NoBrush);
        painter.drawRect(paper.adjusted(-1, -1, 0, 0));
    }
}

void PdfPane::notePage()
{
    const int page = currentPage();
    if (page != m_lastPage) {
        m_lastPage = page;
        setAccessibleName(tr("Page %1 of %2").arg(numberText(page), numberText(pageCount())));
        Q_EMIT pageChanged(page);
    }
}

void PdfPane::scrollContentsBy(int, int)
{
    viewport()->update();
    notePage();
    m_requestTimer.start();
}

void PdfPane::resizeEvent(QResizeEvent* event)
{
    QAbstractScrollArea::resizeEvent(event);
    applyFit();
    notePage();
    m_requestTimer.start();
}

void PdfPane::wheelEvent(QWheelEvent* event)
{
    if ((event->modifiers() & Qt::ControlModifier) != 0) {
        setZoom(zoom() * (event->angleDelta().y() > 0 ? 1.1 : 1.0 / 1.1));
        event->accept();
        return;
    }
    QAbstractScrollArea::wheelEvent(event);
}

void PdfPane::keyPressEvent(QKeyEvent* event)
{
    switch (event->key()) {
    case Qt::Key_Home:
        verticalScrollBar()->setValue(0);
        return;
    case Qt::Key_End:
        verticalScrollBar()->setValue(verticalScrollBar()->maximum());
        return;
    case Qt::Key_Space:
        verticalScrollBar()->triggerAction(QAbstractSlider::SliderPageStepAdd);
        return;
    default:
        QAbstractScrollArea::keyPressEvent(event);
    }
}

void PdfPane::mousePressEvent(QMouseEvent* event)
{
    if (event->button() == Qt::LeftButton) {
        m_dragging = true;
        m_dragFrom = event->position().toPoint();
        m_dragBars = {horizontalScrollBar()->value(), verticalScrollBar()->value()};
        viewport()->setCursor(Qt::ClosedHandCursor);
    }
}

void PdfPane::mouseMoveEvent(QMouseEvent* event)
{
    if (m_dragging) {
        const QPoint moved = event->position().toPoint() - m_dragFrom;
        horizontalScrollBar()->setValue(m_dragBars.x() - moved.x());
        verticalScrollBar()->setValue(m_dragBars.y() - moved.y());
    }
}

void PdfPane::mouseReleaseEvent(QMouseEvent*)
{
    m_dragging = false;
    viewport()->setCursor(Qt::OpenHandCursor);
}

void PdfPane::changeEvent(QEvent* event)
{
    QAbstractScrollArea::changeEvent(event);
    if (event->type() == QEvent::PaletteChange) {
        viewport()->update();
    }
}

} // namespace ui
