// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QDir>
#include <QFile>
#include <QFont>
#include <QPageSize>
#include <QPdfWriter>
#include <QString>
#include <QTextDocument>

namespace sample {

inline void write(const QString& path, const QByteArray& bytes)
{
    QDir().mkpath(QFileInfo(path).path());
    QFile file(path);
    if (!file.open(QIODevice::WriteOnly) || file.write(bytes) != bytes.size()) {
        qFatal("%s: cannot be written", qPrintable(path));
    }
}

/// A short book about a harbour that does not exist, a page per paragraph.
inline const QList<QString>& harbourPages()
{
    static const QList<QString> pages{
        QStringLiteral("The harbour of Velmora was founded in 1312 by the merchant Ilda Renfrew. "
                       "She paid for the first stone quay with the profit of nine voyages to the "
                       "salt islands."),
        QStringLiteral("The old lighthouse stands forty metres tall and was built of grey granite. "
                       "Its keeper, Tomas Ardent, wrote the weather into a green book every "
                       "morning at six."),
        QStringLiteral("In winter the fishing fleet stays at home from December until the first "
                       "week of March. During that time the nets are mended in the long hall "
                       "beside the customs house."),
        QStringLiteral("The town council decided in 1874 that every ship must pay three silver "
                       "crowns before it may anchor. The money keeps the breakwater in repair."),
    };
    return pages;
}

/// Writes those pages as a PDF. Needs a QGuiApplication.
inline void writeHarbourPdf(const QString& path)
{
    QDir().mkpath(QFileInfo(path).path());
    QPdfWriter writer(path);
    writer.setPageSize(QPageSize(QPageSize::A5));
    writer.setTitle(QStringLiteral("The Harbour of Velmora"));
    QString html;
    for (const QString& page : harbourPages()) {
        html +=
            QStringLiteral("<p style=\"%1\">%2</p>")
                .arg(html.isEmpty() ? QString() : QStringLiteral("page-break-before:always"), page);
    }
    QTextDocument document;
    document.setDefaultFont(QFont(QStringLiteral("DejaVu Sans"), 11));
    document.setHtml(html);
    document.print(&writer);
}

/// A folder of code with what is to be left out: ignored, binary and hidden files.
inline void writeCodeFolder(const QString& folder)
{
    write(folder + QStringLiteral("/.gitignore"), "*.log\nbuild/\n");
    write(folder + QStringLiteral("/src/ticket_price.py"),
          "# Prices of the ferry.\n\n"
          "def ticket_price(age):\n"
          "    \"\"\"Children below seven travel free.\"\"\"\n"
          "    if age < 7:\n"
          "        return 0\n"
          "    return 450\n");
    write(folder + QStringLiteral("/src/timetable.cpp"),
          "// Departures of the ferry.\n"
          "#include <vector>\n\n"
          "/// The last ferry leaves at 2140, half an hour after the evening train.\n"
          "std::vector<int> departures()\n{\n    return {620, 1130, 1700, 2140};\n}\n");
    write(folder + QStringLiteral("/notes/Straße nach Åland.md"),
          "# The road\n\nThe road to the northern pier is closed on Sundays because of the "
          "market.\n");
    write(folder + QStringLiteral("/debug.log"), "not to be read\n");
    write(folder + QStringLiteral("/build/out.txt"), "not to be read either\n");
    write(folder + QStringLiteral("/picture.dat"), QByteArray(64, '\0') + "binary");
}

/// Plain prose of about `words` words, the same for the same seed; every paragraph is its own.
inline QByteArray prose(int words, unsigned seed = 1)
{
    static const char* const subjects[] = {"the captain",   "a farmer",    "the old teacher",
                                           "our neighbour", "the council", "a young clerk",
                                           "the gardener",  "the miller"};
    static const char* const verbs[] = {"carried", "described", "repaired", "measured",
                                        "forgot",  "counted",   "painted",  "praised"};
    static const char* const objects[] = {
        "the wooden bridge", "a basket of apples",  "the broken clock", "an unusual letter",
        "the northern road", "a map of the valley", "the stone wall",   "the winter harvest"};
    std::uint64_t state = seed;
    const auto pick = [&state](unsigned count) {
        state = state * 6364136223846793005U + 1442695040888963407U;
        return static_cast<unsigned>(state >> 40U) % count;
    };
    QByteArray text;
    for (int written = 0, sentence = 0; written < words; ++sentence) {
        QByteArray line = QByteArray("In year ") + QByteArray::number(1000 + pick(900)) + ", " +
                          subjects[pick(8)] + " " + verbs[pick(8)] + " " + objects[pick(8)] +
                          " number " + QByteArray::number(pick(10'000)) + ".";
        written += static_cast<int>(line.count(' ')) + 1;
        text += line + (sentence % 5 == 4 ? "\n\n" : " ");
    }
    return text + "\n";
}

} // namespace sample
