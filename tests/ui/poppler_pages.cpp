// SPDX-License-Identifier: GPL-3.0-or-later
#include "poppler_pages.h"

#include <QTimer>

#include <poppler-qt6.h>

#include <algorithm>
#include <cmath>

namespace ui::test {

class PopplerPages::Document
{
public:
    std::unique_ptr<Poppler::Document> pdf;
};

PopplerPages::PopplerPages(const QString& file) : m_document(std::make_unique<Document>())
{
    m_document->pdf = Poppler::Document::load(file);
    if (m_document->pdf != nullptr) {
        m_document->pdf->setRenderHint(Poppler::Document::Antialiasing);
        m_document->pdf->setRenderHint(Poppler::Document::TextAntialiasing);
        readWords();
    }
}

PopplerPages::~PopplerPages() = default;

void PopplerPages::readWords()
{
    for (int number = 1; number <= pageCount(); ++number) {
        const std::unique_ptr<Poppler::Page> page = m_document->pdf->page(number - 1);
        const QSizeF size = page->pageSizeF();
        double lastTop = -1.0;
        for (const auto& box : page->textList()) {
            const QRectF rect = box->boundingBox();
            if (lastTop >= 0.0 && std::abs(rect.top() - lastTop) > rect.height() / 2) {
                m_text += rect.top() - lastTop > rect.height() * 1.9 ? QStringLiteral("\n\n")
                                                                     : QStringLiteral("\n");
            } else if (lastTop >= 0.0) {
                m_text += QLatin1Char(' ');
            }
            lastTop = rect.top();
            Word word;
            word.begin = m_text.size();
            m_text += box->text();
            word.end = m_text.size();
            word.page = number;
            word.box = QRectF(rect.left() / size.width(), rect.top() / size.height(),
                              rect.width() / size.width(), rect.height() / size.height());
            m_words.push_back(word);
        }
        m_text += QStringLiteral("\n\n");
    }
}

int PopplerPages::pageCount() const
{
    return m_document->pdf != nullptr ? m_document->pdf->numPages() : 0;
}

QSizeF PopplerPages::pageSize(int page) const
{
    return m_document->pdf->page(page - 1)->pageSizeF();
}

QString PopplerPages::pageLabel(int page) const
{
    return page > 2 ? QString::number(page - 2) : QStringLiteral("i").repeated(page);
}

void PopplerPages::requestPage(int page, double pixelsPerPoint)
{
    QTimer::singleShot(0, this, [this, page, pixelsPerPoint] {
        const double dpi = pixelsPerPoint * 72.0;
        Q_EMIT pageRendered(page, pixelsPerPoint,
                            m_document->pdf->page(page - 1)->renderToImage(dpi, dpi));
    });
}

void PopplerPages::requestHighlight(TextRange range)
{
    QList<PageHighlight> highlights;
    for (const Word& word : m_words) {
        if (word.end <= range.begin || word.begin >= range.end) {
            continue;
        }
        if (highlights.isEmpty() || highlights.constLast().page != word.page) {
            highlights.append(PageHighlight{word.page, {}});
        }
        QList<QRectF>& rects = highlights.last().rects;
        if (!rects.isEmpty() && std::abs(rects.constLast().top() - word.box.top()) < 0.004) {
            rects.last() = rects.constLast().united(word.box);
        } else {
            rects.append(word.box);
        }
    }
    QTimer::singleShot(0, this,
                       [this, range, highlights] { Q_EMIT highlightReady(range, highlights); });
}

TextRange PopplerPages::find(const QString& phrase) const
{
    QString flat = m_text;
    flat.replace(QLatin1Char('\n'), QLatin1Char(' '));
    const qsizetype at = flat.indexOf(phrase);
    return at < 0 ? TextRange{} : TextRange{at, at + phrase.size()};
}

int PopplerPages::pageOf(TextRange range) const
{
    for (const Word& word : m_words) {
        if (word.end > range.begin) {
            return word.page;
        }
    }
    return 0;
}

} // namespace ui::test
