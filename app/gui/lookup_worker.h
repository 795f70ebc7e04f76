// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <QObject>
#include <QString>

#include "gui/job_thread.h"
#include "ingest/document.h"
#include "storage/session_file.h"
#include "ui/reader_content.h"
#include "usecases/error.h"
#include "usecases/place.h"
#include "usecases/source_changes.h"
#include "usecases/text_search.h"
#include "usecases/transcript.h"

namespace app {

/// What the reader needs of a source, put together away from the GUI thread.
struct ReaderDocument
{
    ui::ReaderContent content; ///< without pages
    bool showPages = false;    ///< the original is there, unchanged
    std::string file;          ///< the original's path, byte for byte
    std::shared_ptr<const ingest::DocumentMaps> maps;
    std::shared_ptr<const std::string> text;
};

/// Looks things up in a session beside the thread that reads and answers, through a second,
/// read-only view of its file: a search does not wait for an answer.
///
/// Thread rule: as SessionWorker.
class LookupWorker final : public QObject
{
    Q_OBJECT
public:
    LookupWorker(std::filesystem::path session, QObject* parent);
    ~LookupWorker() override;

    /// As SessionWorker.
    void close(std::function<void()> closed);

    void search(int request, const QString& text, int limit);
    void openReader(const QString& sourceId);
    void exportTo(TranscriptFormat format, TranscriptScope scope, const QString& file);
    void priceRemoval(const QString& sourceId);
    /// A source was taken out: what is kept of it is dropped.
    void forgetSources();
    /// Compares the original files with what was read; sourceDiffers tells of each difference.
    void checkOriginals();

Q_SIGNALS:
    void searched(int request, const app::SearchHits& hits);
    void readerReady(const QString& sourceId,
                     const std::shared_ptr<const app::ReaderDocument>& document);
    void readerFailed(const QString& sourceId, const app::Error& error);
    void exported(const QString& file);
    void exportFailed(const app::Error& error);
    void removalPriced(const QString& sourceId, const app::RemovalPrice& price);
    void sourceDiffers(const QString& sourceId, bool missing);
    void failed(const app::Error& error);

private:
    /// Opens the file on first use; the worker's thread only.
    [[nodiscard]] Result<void> open();
    [[nodiscard]] Result<std::shared_ptr<ReaderDocument>> document(storage::SourceId id);

    std::filesystem::path m_path;
    std::unique_ptr<storage::SessionFile> m_file;
    std::unique_ptr<PlaceFinder> m_places;
    JobThread m_thread;
};

} // namespace app
