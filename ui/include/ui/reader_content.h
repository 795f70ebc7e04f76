// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/place.h"
#include "ui/source.h"

#include <QImage>
#include <QObject>
#include <QRectF>
#include <QSizeF>

#include <memory>

namespace ui {

/// Part of a page to be marked. Rectangles are normalised to the page: 0..1 from the top left
/// corner, so that they hold at every zoom.
struct PageHighlight
{
    int page = 0; ///< 1-based
    QList<QRectF> rects;
};

/// Draws the pages of one open PDF. Pages are 1-based.
///
/// Thread rule: lives in the GUI thread, every call returns at once, signals arrive in the GUI
/// thread. Rendering happens elsewhere. Size and label must be known without opening the page,
/// since the pane lays out a thousand pages at once.
class PdfPageProvider : public QObject
{
    Q_OBJECT
public:
    using QObject::QObject;

    [[nodiscard]] virtual int pageCount() const = 0;
    [[nodiscard]] virtual QSizeF pageSize(int page) const = 0;   ///< points, rotation applied
    [[nodiscard]] virtual QString pageLabel(int page) const = 0; ///< printed label or empty

    /// Asks for `page` at `pixelsPerPoint` (device pixels). Answered by pageRendered or pageFailed.
    virtual void requestPage(int page, double pixelsPerPoint) = 0;

    /// Forgets requests that have not started: the reader has scrolled on.
    virtual void dropPendingPages() = 0;

    /// Asks where `range` of the text as read stands on the pages. Answered by highlightReady.
    virtual void requestHighlight(ui::TextRange range) = 0;

Q_SIGNALS:
    void pageRendered(int page, double pixelsPerPoint, const QImage& image);
    void pageFailed(int page, const QString& message);
    void highlightReady(const ui::TextRange& range, const QList<ui::PageHighlight>& highlights);
};

/// A heading of the document, in document order.
struct OutlineEntry
{
    QString title;
    int level = 0;    ///< 0 is the top
    int page = 0;     ///< 1-based, 0 where there are no pages
    qint64 begin = 0; ///< code points into the text
};

/// What the reader needs to show a source.
struct ReaderContent
{
    QString sourceId;
    QString title;
    QString path;
    SourceFormat format = SourceFormat::text;
    QString language; ///< of code, lower case ("cpp", "python"); empty: guessed from the path
    QString text;     ///< the text as it was read, for every format
    QString
        note; ///< shown above the text ("The original file is not there any more ..."), or empty
    QList<OutlineEntry> outline;
    std::shared_ptr<PdfPageProvider> pages; ///< null: only the text can be shown
};

} // namespace ui

Q_DECLARE_METATYPE(ui::PageHighlight)
Q_DECLARE_METATYPE(ui::ReaderContent)
