// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/reader_content.h"

#include <QList>
#include <QString>

#include <memory>
#include <vector>

namespace ui::test {

/// Poppler behind the window's port, for the demonstration only: it renders in the GUI thread.
class PopplerPages final : public PdfPageProvider
{
    Q_OBJECT
public:
    explicit PopplerPages(const QString& file);
    ~PopplerPages() override;

    [[nodiscard]] int pageCount() const override;
    [[nodiscard]] QSizeF pageSize(int page) const override;
    [[nodiscard]] QString pageLabel(int page) const override;
    void requestPage(int page, double pixelsPerPoint) override;
    void dropPendingPages() override {}
    void requestHighlight(ui::TextRange range) override;

    /// The words in reading order, joined by blanks, a line feed after each line; and where a
    /// phrase stands in it.
    [[nodiscard]] QString text() const { return m_text; }
    [[nodiscard]] TextRange find(const QString& phrase) const;
    [[nodiscard]] int pageOf(TextRange range) const;

private:
    struct Word
    {
        qint64 begin = 0;
        qint64 end = 0;
        int page = 0;
        QRectF box; ///< normalised
    };
    class Document;

    void readWords();

    std::unique_ptr<Document> m_document;
    std::vector<Word> m_words;
    QString m_text;
};

/// Writes the handbook of the demonstration: a title, chapters, a drawing, page numbers.
void writeHandbook(const QString& file);

} // namespace ui::test
