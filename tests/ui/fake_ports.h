// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/library_port.h"
#include "ui/session_port.h"

#include <functional>
#include <memory>
#include <vector>

namespace ui::test {

/// Pages drawn with a painter: the number, and grey lines for text. Renders when the event loop
/// comes round, as the real one answers later too.
class FakePdfPages final : public PdfPageProvider
{
    Q_OBJECT
public:
    explicit FakePdfPages(int pages) : m_pages(pages) {}

    [[nodiscard]] int pageCount() const override { return m_pages; }
    [[nodiscard]] QSizeF pageSize(int) const override { return {595, 842}; }
    [[nodiscard]] QString pageLabel(int page) const override;
    void requestPage(int page, double pixelsPerPoint) override;
    void dropPendingPages() override { ++m_drops; }
    void requestHighlight(ui::TextRange range) override;

    QList<TextRange> m_asked;
    QList<int> m_requested;
    int m_drops = 0;
    /// What requestHighlight answers; the default marks a line on page 1 + begin / 100.
    std::function<QList<PageHighlight>(TextRange)> m_locate;

private:
    int m_pages;
};

/// Holds what it is given and notes what it is asked. Tests send its signals themselves.
class FakeSession final : public SessionPort
{
    Q_OBJECT
public:
    explicit FakeSession(QString id, QString title);

    [[nodiscard]] QString id() const override { return m_id; }
    [[nodiscard]] QString title() const override { return m_title; }
    [[nodiscard]] SessionStatus status() const override { return m_status; }
    [[nodiscard]] QList<Source> sources() const override { return m_sources; }
    [[nodiscard]] QList<Answer> answers() const override { return m_answers; }
    [[nodiscard]] ReadingProgress reading() const override { return m_reading; }
    int previewAdd(const QStringList& paths) override;
    void providePassword(int request, int itemId, const QString& password) override;
    void confirmAdd(int request, const QList<int>& itemIds) override;
    void cancelAdd(int request) override;
    void pauseReading() override { m_calls << QStringLiteral("pause"); }
    void resumeReading() override { m_calls << QStringLiteral("resume"); }
    void cancelReading() override { m_calls << QStringLiteral("cancel"); }
    void retrySource(const QString& sourceId) override;
    void priceRemoval(const QString& sourceId) override;
    void removeSource(const QString& sourceId) override;
    void hideSource(const QString& sourceId, bool hidden) override;
    void readSourceAgain(const QString& sourceId, bool takeOut) override;
    void ask(const QString& question) override;
    void askAfter(const QString& answerId, const QString& question) override;
    void editQuestion(const QString& answerId, const QString& question) override;
    void askAgain(const QString& answerId) override;
    void showVersion(const QString& answerId, ui::EntryPart part, int by) override;
    void stopAnswer() override;
    int search(const QString& text, int limit) override;
    void requestReader(const QString& sourceId) override;
    void exportTo(ui::ExportFormat format, const QString& file, bool allBranches) override;

    void setReading(const ReadingProgress& progress);
    void setSource(const Source& source); ///< replaces the one with its id, and says so

    QString m_id;
    QString m_title;
    SessionStatus m_status;
    QList<Source> m_sources;
    QList<Answer> m_answers;
    ReadingProgress m_reading;
    RemovalCost m_cost{2, 90'000, 540};
    QStringList m_calls; ///< "ask:Who?", "confirm:1:0,2" ...
    int m_requests = 0;
    QHash<QString, ReaderContent> m_contents;
    std::function<void(const QString&)> m_onAsk;
    std::function<void()> m_onStop;
    std::function<void(int, const QStringList&)> m_onPreview;
    std::function<void(int, const QString&)> m_onSearch;
};

class FakeLibrary final : public LibraryPort
{
    Q_OBJECT
public:
    FakeLibrary();

    [[nodiscard]] QList<SessionSummary> sessions() const override { return m_sessions; }
    [[nodiscard]] ModelInfo model() const override { return m_model; }
    [[nodiscard]] bool hasExample() const override { return m_hasExample; }
    int createSession(const QString& title) override;
    int openExample() override;
    int openSession(const QString& id) override;
    int openSessionFile(const QString& path) override;
    void releaseSession(const QString& id) override;
    void renameSession(const QString& id, const QString& title) override;
    void duplicateSession(const QString& id) override;
    void trashSession(const QString& id) override;
    void restoreSession(const QString& id) override;

    /// Lists the session and keeps it for openSession().
    FakeSession* add(const QString& id, const QString& title);
    [[nodiscard]] FakeSession* session(const QString& id) const;

    QList<SessionSummary> m_sessions;
    ModelInfo m_model;
    bool m_hasExample = true;
    QStringList m_calls;
    Error m_openError; ///< a message here makes openSession fail with it

private:
    int m_requests = 0;
    QList<SessionSummary> m_trash;
    std::vector<std::unique_ptr<FakeSession>> m_open;
};

[[nodiscard]] Source makeSource(const QString& id, const QString& title, qint64 tokens,
                                SourceFormat format = SourceFormat::pdf);
[[nodiscard]] Citation makeCitation(int number, const QString& sourceId, const QString& title,
                                    TextRange range, const QString& quote,
                                    CitationState state = CitationState::exact);

} // namespace ui::test
