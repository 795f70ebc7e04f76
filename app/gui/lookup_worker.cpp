// SPDX-License-Identifier: GPL-3.0-or-later
#include "gui/lookup_worker.h"

#include <system_error>
#include <utility>

#include "gui/ui_values.h"
#include "ingest/pdf_renderer.h"
#include "ingest/read_document.h"
#include "usecases/error_mapping.h"

namespace app {

namespace {

enum class Original
{
    unchanged,
    missing,
    changed,
};

/// By date and size first; only what looks different is read to be sure.
Original compareOriginal(const storage::Source& source, const std::stop_token& stop)
{
    std::error_code error;
    const auto bytes = std::filesystem::file_size(source.path, error);
    if (error) {
        return Original::missing;
    }
    const auto time = std::filesystem::last_write_time(source.path, error);
    const auto modified =
        std::chrono::floor<std::chrono::milliseconds>(std::chrono::file_clock::to_sys(time));
    if (bytes == source.fileBytes && source.fileModified && modified == *source.fileModified) {
        return Original::unchanged;
    }
    const auto hash = ingest::hashFile(source.path, stop);
    return hash && *hash == source.contentHash ? Original::unchanged : Original::changed;
}

QList<ui::OutlineEntry> outlineOf(const ingest::DocumentMaps& maps, const std::string& text)
{
    QList<ui::OutlineEntry> outline;
    std::uint64_t characters = 0;
    std::size_t counted = 0;
    for (const ingest::OutlineEntry& entry : maps.outline) {
        // Entries ascend, so each stretch of text is counted once.
        characters +=
            charactersBefore(std::string_view(text).substr(counted), entry.textBegin - counted);
        counted = entry.textBegin;
        ui::OutlineEntry& out = outline.emplace_back();
        out.title = toQt(entry.title);
        out.level = static_cast<int>(entry.level);
        out.begin = static_cast<qint64>(characters);
        for (std::size_t page = 0; page < maps.pages.size(); ++page) {
            if (maps.pages[page].textBegin <= entry.textBegin) {
                out.page = static_cast<int>(page) + 1;
            }
        }
    }
    return outline;
}

} // namespace

LookupWorker::LookupWorker(std::filesystem::path session, QObject* parent)
    : QObject(parent), m_path(std::move(session))
{
}

LookupWorker::~LookupWorker() = default;

void LookupWorker::close(std::function<void()> closed)
{
    m_thread.end(
        [this] {
            m_places.reset();
            m_file.reset();
        },
        this, std::move(closed));
}

Result<void> LookupWorker::open()
{
    if (m_file) {
        return {};
    }
    auto file = storage::SessionFile::open(m_path, storage::OpenMode::readOnly);
    if (!file) {
        return passOn(file.error());
    }
    m_file = std::move(*file);
    m_places = std::make_unique<PlaceFinder>(*m_file);
    return {};
}

void LookupWorker::search(int request, const QString& text, int limit)
{
    m_thread.post([this, request, text = text.toStdString(),
                   limit = static_cast<std::size_t>(std::max(limit, 0))](const std::stop_token&) {
        if (const auto opened = open(); !opened) {
            Q_EMIT failed(opened.error());
            return;
        }
        const auto hits = searchText(*m_file, *m_places, text, limit);
        if (!hits) {
            Q_EMIT failed(hits.error());
            return;
        }
        Q_EMIT searched(request, *hits);
    });
}

void LookupWorker::openReader(const QString& sourceId)
{
    m_thread.post([this, sourceId](const std::stop_token&) {
        const auto opened = open();
        const auto ready =
            opened ? document(sourceIdFrom(sourceId))
                   : Result<std::shared_ptr<ReaderDocument>>(tl::unexpected(opened.error()));
        if (!ready) {
            Q_EMIT readerFailed(sourceId, ready.error());
            return;
        }
        Q_EMIT readerReady(sourceId, *ready);
    });
}

Result<std::shared_ptr<ReaderDocument>> LookupWorker::document(storage::SourceId id)
{
    auto source = m_places->source(id);
    if (!source) {
        return tl::unexpected(source.error());
    }
    auto text = m_places->text(id);
    if (!text) {
        return tl::unexpected(text.error());
    }
    auto maps = m_places->maps(id);
    if (!maps) {
        return tl::unexpected(maps.error());
    }
    auto ready = std::make_shared<ReaderDocument>();
    ready->file = source->path;
    ready->text = *text;
    ready->maps = *maps;
    ui::ReaderContent& content = ready->content;
    content.sourceId = sourceIdText(id);
    content.title = toQt(source->title);
    content.path = toQt(source->path);
    content.format = toUiFormat(source->format);
    content.language = toQt(source->language).toLower();
    content.text = toQt(**text);
    content.outline = outlineOf(**maps, **text);
    const Original original = compareOriginal(*source, {});
    if (original == Original::missing) {
        content.note = tr("The original file is not there any more. This is the text as it was "
                          "read.");
    } else if (original == Original::changed) {
        content.note = tr("The original file has changed since. This is the text as it was read.");
    } else if (content.format == ui::SourceFormat::pdf) {
        const auto pages = ingest::PdfRenderer::open(source->path);
        ready->showPages = pages.has_value();
        content.note = pages ? QString()
                             : tr("The pages cannot be shown: %1").arg(toQt(pages.error().message));
    }
    return ready;
}

void LookupWorker::priceRemoval(const QString& sourceId)
{
    m_thread.post([this, sourceId](const std::stop_token&) {
        if (const auto opened = open(); !opened) {
            Q_EMIT failed(opened.error());
            return;
        }
        const auto price = removalPrice(*m_file, sourceIdFrom(sourceId));
        price ? Q_EMIT removalPriced(sourceId, *price) : Q_EMIT failed(price.error());
    });
}

void LookupWorker::forgetSources()
{
    m_thread.post([this](const std::stop_token&) {
        if (m_places) {
            m_places->forget();
        }
    });
}

void LookupWorker::exportTo(TranscriptFormat format, TranscriptScope scope, const QString& file)
{
    m_thread.post([this, format, scope, file](const std::stop_token&) {
        if (const auto opened = open(); !opened) {
            Q_EMIT exportFailed(opened.error());
            return;
        }
        const auto transcript = loadTranscript(*m_file, *m_places, scope);
        const auto written = transcript ? writeTranscript(*transcript, format, file.toStdString())
                                        : Result<void>(tl::unexpected(transcript.error()));
        written ? Q_EMIT exported(file) : Q_EMIT exportFailed(written.error());
    });
}

void LookupWorker::checkOriginals()
{
    m_thread.post([this](const std::stop_token& stop) {
        if (!open()) {
            return; // the next thing asked for says why
        }
        const auto sources = m_file->sources();
        for (std::size_t i = 0; sources && i < sources->size(); ++i) {
            const storage::Source& source = (*sources)[i];
            if (stop.stop_requested()) {
                return;
            }
            const Original original = compareOriginal(source, stop);
            if (original != Original::unchanged && !isReplaced(source, *sources)) {
                Q_EMIT sourceDiffers(sourceIdText(source.id), original == Original::missing);
            }
        }
    });
}

} // namespace app
