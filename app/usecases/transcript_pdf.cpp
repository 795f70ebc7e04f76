// SPDX-License-Identifier: GPL-3.0-or-later
#include <QPageLayout>
#include <QPageSize>
#include <QPdfWriter>
#include <QString>
#include <QTextDocument>

#include <fmt/format.h>

#include "usecases/transcript.h"

namespace app {

namespace {

constexpr qreal kMarginMm = 18.0;
constexpr int kFontPoints = 10;

} // namespace

Result<void> writePdf(const Transcript& transcript, const std::filesystem::path& target)
{
    QPdfWriter writer(QString::fromStdString(target.string()));
    writer.setPageSize(QPageSize(QPageSize::A4));
    writer.setPageMargins(QMarginsF(kMarginMm, kMarginMm, kMarginMm, kMarginMm),
                          QPageLayout::Millimeter);
    writer.setTitle(QString::fromStdString(transcript.title));
    writer.setCreator(QString::fromStdString("Lectern " + transcript.programVersion));
    QTextDocument document;
    QFont font;
    font.setFamilies({QStringLiteral("Noto Sans"), QStringLiteral("DejaVu Sans"),
                      QStringLiteral("Noto Sans CJK SC")});
    font.setPointSize(kFontPoints);
    document.setDefaultFont(font);
    document.setHtml(QString::fromStdString(toHtml(transcript)));
    document.print(&writer);
    std::error_code error;
    // QPdfWriter reports nothing; an unwritable target shows as a missing or empty file.
    if (std::filesystem::file_size(target, error) == 0 || error) {
        return fail(ErrorCode::failed,
                    fmt::format("{}: wanted to write a PDF, found {}", target.string(),
                                error ? error.message() : "an empty file"));
    }
    return {};
}

} // namespace app
