// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/reader_content.h"

#include <QAbstractScrollArea>
#include <QHash>
#include <QTimer>

#include <memory>
#include <vector>

class QVariantAnimation;

namespace ui {

/// The pages of a PDF, one under the other. Only what is near the window is rendered, elsewhere and
/// late; a page that has not come yet is blank paper.
class PdfPane final : public QAbstractScrollArea
{
    Q_OBJECT
public:
    enum class Fit
    {
        width,
        page,
        none, ///< a fixed zoom
    };

    explicit PdfPane(std::shared_ptr<PdfPageProvider> pages, QWidget* parent = nullptr);
    ~PdfPane() override;

    /// Marks the passage and shows it one third down; the mark pulses once and stays.
    void showPassage(const QList<PageHighlight>& highlights);
    void clearPassage();
    /// Marks of the find bar. `show` scrolls to them.
    void setMatch(const QList<PageHighlight>& highlights);
    [[nodiscard]] const QList<PageHighlight>& passage() const { return m_passage; }

    void goToPage(int page); ///< 1-based
    [[nodiscard]] int currentPage() const;
    [[nodiscard]] int pageCount() const { return static_cast<int>(m_tops.size()); }
    [[nodiscard]] double position() const; ///< in points from the top: survives a change of zoom
    void setPosition(double points);

    void setFit(Fit fit);
    [[nodiscard]] Fit fit() const { return m_fit; }
    void setZoom(double zoom); ///< 1.0 is the printed size
    [[nodiscard]] double zoom() const;

Q_SIGNALS:
    void pageChanged(int page);
    void zoomChanged(double zoom);

protected:
    void paintEvent(QPaintEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    void scrollContentsBy(int dx, int dy) override;
    void wheelEvent(QWheelEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void mouseReleaseEvent(QMouseEvent* event) override;
    void changeEvent(QEvent* event) override;

private:
    struct Rendered
    {
        QImage image;
        double pixelsPerPoint = 0.0;
    };

    void measure();
    void applyFit();
    void setScale(double scale);
    void updateBars();
    void requestVisible();
    void takePage(int page, double pixelsPerPoint, const QImage& image);
    void trimCache();
    void notePage();
    void scrollTo(const QList<PageHighlight>& highlights);
    void drawMarks(QPainter& painter, int page, const QRectF& paper,
                   const QList<PageHighlight>& marks, const QColor& color) const;
    [[nodiscard]] QRectF paperRect(int page) const; ///< in the viewport
    [[nodiscard]] std::pair<int, int> visiblePages() const;
    [[nodiscard]] double wantedPixelsPerPoint() const;

    std::shared_ptr<PdfPageProvider> m_pages;
    std::vector<QSizeF> m_sizes; ///< points
    std::vector<double> m_tops;  ///< points from the top, gaps included
    double m_totalHeight = 0.0;
    double m_widest = 0.0;
    Fit m_fit = Fit::width;
    double m_scale = 1.0; ///< device-independent pixels per point
    QHash<int, Rendered> m_rendered;
    QHash<int, double> m_requested;
    QHash<int, QString> m_failures;
    QList<PageHighlight> m_passage;
    QList<PageHighlight> m_match;
    QVariantAnimation* m_pulse = nullptr;
    QTimer m_requestTimer;
    int m_lastPage = 0;
    QPoint m_dragFrom;
    QPoint m_dragBars;
    bool m_dragging = false;
};

} // namespace ui
