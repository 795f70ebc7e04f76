// SPDX-License-Identifier: GPL-3.0-or-later
// make_sample_manual SOURCE.md OUTPUT.pdf: sets the sample manual that comes with the program.
#include "markdown.h"
#include "pdf_finish.h"
#include "typesetter.h"

#include <cstdio>
#include <exception>

#include <QBuffer>
#include <QFile>
#include <QGuiApplication>
#include <QHashFunctions>
#include <QPdfWriter>

namespace {

int failWith(const QString& message)
{
    std::fprintf(stderr, "make_sample_manual: %s\n", qPrintable(message));
    return 1;
}

int makeManual(const QString& source, const QString& output)
{
    QFile file(source);
    if (!file.open(QIODevice::ReadOnly)) {
        return failWith(QStringLiteral("%1: %2").arg(source, file.errorString()));
    }
    QString problem;
    const auto blocks = samples::readMarkdown(file.readAll(), problem);
    if (!blocks) {
        return failWith(QStringLiteral("%1: %2").arg(source, problem));
    }
    QBuffer buffer;
    buffer.open(QIODevice::WriteOnly);
    QVector<samples::OutlineEntry> outline;
    {
        QPdfWriter writer(&buffer);
        writer.setResolution(1200);
        writer.setPageSize(QPageSize(QPageSize::B5));
        writer.setPageMargins(QMarginsF(0, 0, 0, 0));
        writer.setTitle(blocks->isEmpty() ? QString() : blocks->first().text);
        writer.setCreator(QStringLiteral("make_sample_manual"));
        samples::Typesetter typesetter(writer);
        if (!typesetter.set(*blocks, problem)) {
            return failWith(QStringLiteral("%1: %2").arg(source, problem));
        }
        outline = typesetter.outline();
    }
    samples::writeFinishedPdf(buffer.data(), outline, output);
    return 0;
}

} // namespace

int main(int argc, char** argv)
{
    qputenv("QT_QPA_PLATFORM", "offscreen"); // a build machine has no display
    // Fonts are written in the order of a hash table; a fixed seed keeps it from build to build.
    QHashSeed::setDeterministicGlobalSeed();
    const QGuiApplication application(argc, argv);
    if (argc != 3) {
        std::fputs("usage: make_sample_manual SOURCE.md OUTPUT.pdf\n", stderr);
        return 2;
    }
    try {
        return makeManual(QString::fromLocal8Bit(argv[1]), QString::fromLocal8Bit(argv[2]));
    } catch (const std::exception& error) {
        return failWith(QString::fromLocal8Bit(error.what()));
    }
}
