// SPDX-License-Identifier: GPL-3.0-or-later
#include "fake_ports.h"

#include <QPainter>
#include <QTimer>

#include <algorithm>

namespace ui::test {

QString FakePdfPages::pageLabel(int page) const
{
    return page > 14 ? QString::number(page - 14) : QString();
}

void FakePdfPages::requestPage(int page, double pixelsPerPoint)
{
    m_requested << page;
    QTimer::singleShot(0, this, [this, page, pixelsPerPoint] {
        const QSizeF size = pageSize(page) * pixelsPerPoint;
        QImage image(size.toSize(), QImage::Format_RGB32);
        image.fill(Qt::white);
        QPainter painter(&image);
        painter.scale(pixelsPerPoint, pixelsPerPoint);
        painter.drawText(QPointF(280, 800), QString::number(page));
        for (int line = 0; line < 40; ++line) {
            painter.fillRect(QRectF(72, 80 + line * 17, 450, 3), QColor(0xcc, 0xcc, 0xcc));
        }
        painter.end();
        Q_EMIT pageRendered(page, pixelsPerPoint, image);
    });
}

void FakePdfPages::requestHighlight(TextRange range)
{
    m_asked << range;
    QTimer::singleShot(0, this, [this, range] {
        PageHighlight highlight;
        highlight.page = std::min(m_pages, 1 + static_cast<int>(range.begin / 100));
        highlight.rects = {QRectF(0.12, 0.3, 0.5, 0.02)};
        Q_EMIT highlightReady(range, m_locate ? m_locate(range) : QList<PageHighlight>{highlight});
    });
}

FakeSession::FakeSession(QString id, QString title) : m_id(std::move(id)), m_title(std::move(title))
{
    m_status.canAnswer = true;
}

int FakeSession::previewAdd(const QStringList& paths)
{
    const int request = ++m_requests;
    m_calls << QStringLiteral("preview:") + paths.join(QLatin1Char(','));
    if (m_onPreview) {
        QTimer::singleShot(0, this, [this, request, paths] { m_onPreview(request, paths); });
    }
    return request;
}

void FakeSession::providePassword(int request, int itemId, const QString& password)
{
    m_calls << QStringLiteral("password:%1:%2:%3").arg(request).arg(itemId).arg(password);
}

void FakeSession::confirmAdd(int request, const QList<int>& itemIds)
{
    QStringList ids;
    for (const int id : itemIds) {
        ids << QString::number(id);
    }
    m_calls << QStringLiteral("confirm:%1:%2").arg(request).arg(ids.join(QLatin1Char(',')));
}

void FakeSession::cancelAdd(int request)
{
    m_calls << QStringLiteral("cancelAdd:%1").arg(request);
}

void FakeSession::retrySource(const QString& sourceId)
{
    m_calls << QStringLiteral("retry:") + sourceId;
}

void FakeSession::removeSource(const QString& sourceId)
{
    m_calls << QStringLiteral("remove:") + sourceId;
}

void FakeSession::priceRemoval(const QString& sourceId)
{
    QTimer::singleShot(0, this, [this, sourceId] { Q_EMIT removalPriced(sourceId, m_cost); });
}

void FakeSession::hideSource(const QString& sourceId, bool hidden)
{
    m_calls << (hidden ? QStringLiteral("hide:") : QStringLiteral("show:")) + sourceId;
}

void FakeSession::readSourceAgain(const QString& sourceId, bool takeOut)
{
    m_calls << (takeOut ? QStringLiteral("replace:") : QStringLiteral("readAgain:")) + sourceId;
}

void FakeSession::askAfter(const QString& answerId, const QString& question)
{
    m_calls << QStringLiteral("askAfter:%1:%2").arg(answerId, question);
}

void FakeSession::editQuestion(const QString& answerId, const QString& question)
{
    m_calls << QStringLiteral("edit:%1:%2").arg(answerId, question);
}

void FakeSession::askAgain(const QString& answerId)
{
    m_calls << QStringLiteral("again:") + answerId;
}

void FakeSession::showVersion(const QString& answerId, EntryPart part, int by)
{
    m_calls << QStringLiteral("version:%1:%2:%3")
                   .arg(answerId, part == EntryPart::question ? QStringLiteral("question")
                                                              : QStringLiteral("answer"))
                   .arg(by);
}

void FakeSession::ask(const QString& question)
{
    m_calls << QStringLiteral("ask:") + question;
    if (m_onAsk) {
        m_onAsk(question);
    }
}

void FakeSession::stopAnswer()
{
    m_calls << QStringLiteral("stop");
    if (m_onStop) {
        m_onStop();
    }
}

int FakeSession::search(const QString& text, int)
{
    const int request = ++m_requests;
    m_calls << QStringLiteral("search:") + text;
    if (m_onSearch) {
        QTimer::singleShot(0, this, [this, request, text] { m_onSearch(request, text); });
    }
    return request;
}

void FakeSession::requestReader(const QString& sourceId)
{
    m_calls << QStringLiteral("reader:") + sourceId;
    QTimer::singleShot(0, this, [this, sourceId] {
        if (m_contents.contains(sourceId)) {
            Q_EMIT readerReady(m_contents.value(sourceId));
        } else {
            Q_EMIT readerFailed(
                sourceId,
                {ErrorCode::fileMissing, QStringLiteral("The source cannot be shown."), sourceId});
        }
    });
}

void FakeSession::exportTo(ExportFormat format, const QString& file, bool allBranches)
{
    m_calls << QStringLiteral("export:%1:%2").arg(static_cast<int>(format)).arg(file) +
                   (allBranches ? QStringLiteral(":all") : QString());
}

void FakeSession::setReading(const ReadingProgress& progress)
{
    m_reading = progress;
    Q_EMIT readingChanged(progress);
}

void FakeSession::setSource(const Source& source)
{
    for (Source& known : m_sources) {
        if (known.id == source.id) {
            known = source;
        }
    }
    Q_EMIT sourceChanged(source);
}

FakeLibrary::FakeLibrary()
{
    m_model.name = QStringLiteral("Lectern built-in");
    m_model.device = QStringLiteral("CPU, 2 threads");
}

FakeSession* FakeLibrary::add(const QString& id, const QString& title)
{
    SessionSummary summary;
    summary.id = id;
    summary.title = title;
    summary.usedAt = QDateTime::currentDateTime();
    m_sessions.append(summary);
    m_open.push_back(std::make_unique<FakeSession>(id, title));
    Q_EMIT sessionsChanged();
    return m_open.back().get();
}

FakeSession* FakeLibrary::session(const QString& id) const
{
    for (const auto& session : m_open) {
        if (session->id() == id) {
            return session.get();
        }
    }
    return nullptr;
}

int FakeLibrary::openExample()
{
    m_calls << QStringLiteral("example");
    return ++m_requests;
}

int FakeLibrary::createSession(const QString& title)
{
    m_calls << QStringLiteral("create");
    const int request = ++m_requests;
    QTimer::singleShot(0, this, [this, request, title] {
        const QString id = QStringLiteral("new%1").arg(m_sessions.size());
        FakeSession* session = add(id, title.isEmpty() ? QStringLiteral("New session") : title);
        Q_EMIT sessionOpened(session, request);
    });
    return request;
}

int FakeLibrary::openSession(const QString& id)
{
    m_calls << QStringLiteral("open:") + id;
    const int request = ++m_requests;
    QTimer::singleShot(0, this, [this, request, id] {
        FakeSession* found = session(id);
        if (found == nullptr || !m_openError.message.isEmpty()) {
            Q_EMIT sessionOpenFailed(id, m_openError, request);
        } else {
            Q_EMIT sessionOpened(found, request);
        }
    });
    return request;
}

int FakeLibrary::openSessionFile(const QString& path)
{
    m_calls << QStringLiteral("openFile:") + path;
    return ++m_requests;
}

void FakeLibrary::duplicateSession(const QString& id)
{
    m_calls << QStringLiteral("duplicate:") + id;
    QTimer::singleShot(0, this, [this, id] {
        add(id + QStringLiteral("-copy"), QStringLiteral("Copy"));
        Q_EMIT sessionDuplicated(id + QStringLiteral("-copy"), QStringLiteral("Copy"));
    });
}

void FakeLibrary::releaseSession(const QString& id)
{
    m_calls << QStringLiteral("release:") + id;
}

void FakeLibrary::renameSession(const QString& id, const QString& title)
{
    m_calls << QStringLiteral("rename:%1:%2").arg(id, title);
    for (SessionSummary& summary : m_sessions) {
        if (summary.id == id) {
            summary.title = title;
        }
    }
    if (FakeSession* renamed = session(id)) {
        renamed->m_title = title;
        QTimer::singleShot(0, renamed, [renamed, title] { Q_EMIT renamed->titleChanged(title); });
    }
    QTimer::singleShot(0, this, &LibraryPort::sessionsChanged);
}

void FakeLibrary::trashSession(const QString& id)
{
    m_calls << QStringLiteral("trash:") + id;
    for (qsizetype i = 0; i < m_sessions.size(); ++i) {
        if (m_sessions.at(i).id == id) {
            m_trash.append(m_sessions.takeAt(i));
            break;
        }
    }
    QTimer::singleShot(0, this, [this, id] {
        Q_EMIT sessionsChanged();
        Q_EMIT sessionClosed(id);
    });
}

void FakeLibrary::restoreSession(const QString& id)
{
    m_calls << QStringLiteral("restore:") + id;
    for (qsizetype i = 0; i < m_trash.size(); ++i) {
        if (m_trash.at(i).id == id) {
            m_sessions.prepend(m_trash.takeAt(i));
            break;
        }
    }
    QTimer::singleShot(0, this, &LibraryPort::sessionsChanged);
}

Source makeSource(const QString& id, const QString& title, qint64 tokens, SourceFormat format)
{
    Source source;
    source.id = id;
    source.title = title;
    source.path = QStringLiteral("/books/") + title;
    source.format = format;
    source.tokens = tokens;
    source.state = SourceState::ready;
    source.done = tokens;
    source.total = tokens;
    return source;
}

Citation makeCitation(int number, const QString& sourceId, const QString& title, TextRange range,
                      const QString& quote, CitationState state)
{
    Citation citation;
    citation.number = number;
    citation.place.sourceId = sourceId;
    citation.place.sourceTitle = title;
    citation.place.range = range;
    citation.quote = quote;
    citation.state = state;
    return citation;
}

} // namespace ui::test
