// SPDX-License-Identifier: GPL-3.0-or-later
#include <QCoreApplication>
#include <QGuiApplication>

#include "cli/commands.h"
#include "usecases/error_mapping.h"
#include "usecases/session_argument.h"

namespace app {

namespace {

std::string textOf(const Transcript& transcript, TranscriptFormat format)
{
    switch (format) {
    case TranscriptFormat::html:
        return toHtml(transcript);
    case TranscriptFormat::json:
        return toJsonText(transcript);
    case TranscriptFormat::markdown:
    case TranscriptFormat::pdf: // has no text form
        break;
    }
    return toMarkdown(transcript);
}

Result<Transcript> load(const CommandContext& context, std::filesystem::path& session)
{
    auto path = resolveExistingSession(context.invocation.library, context.invocation.session);
    if (!path) {
        return tl::unexpected(path.error());
    }
    session = *path;
    auto file = storage::SessionFile::open(*path, storage::OpenMode::readOnly);
    if (!file) {
        return passOn(file.error());
    }
    PlaceFinder places(**file);
    return loadTranscript(**file, places,
                          context.invocation.allBranches ? TranscriptScope::allBranches
                                                         : TranscriptScope::shown);
}

/// Laying out pages needs fonts, and those need a QGuiApplication; no display is asked for.
class PdfFonts
{
public:
    PdfFonts()
    {
        qputenv("QT_QPA_PLATFORM", "offscreen");
        m_application = std::make_unique<QGuiApplication>(m_count, m_arguments);
    }

private:
    int m_count = 1;
    char m_name[8] = "lectern";
    char* m_arguments[2] = {m_name, nullptr};
    std::unique_ptr<QGuiApplication> m_application;
};

} // namespace

ExitCode runExport(const CommandContext& context)
{
    std::filesystem::path session;
    auto transcript = load(context, session);
    if (!transcript) {
        return refuse(context, transcript.error());
    }
    const TranscriptFormat format = context.invocation.format;
    std::filesystem::path target = context.invocation.output;
    if (target.empty() && format == TranscriptFormat::pdf) {
        target = session.stem();
        target += ".pdf";
    }
    if (target.empty()) {
        context.console.write(textOf(*transcript, format));
        return ExitCode::done;
    }
    std::unique_ptr<PdfFonts> fonts;
    if (format == TranscriptFormat::pdf) {
        fonts = std::make_unique<PdfFonts>();
    }
    if (auto written = writeTranscript(*transcript, format, target); !written) {
        return refuse(context, written.error());
    }
    context.console.note("Written: " + target.string());
    return ExitCode::done;
}

} // namespace app
