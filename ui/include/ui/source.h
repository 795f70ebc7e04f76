// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QDateTime>
#include <QList>
#include <QMetaType>
#include <QString>

namespace ui {

enum class SourceFormat
{
    pdf,
    epub,
    word,
    html,
    markdown,
    text,
    code,
};

enum class SourceState
{
    waiting,
    extracting, ///< `done` of `total` pages, or lines where there are no pages
    counting,   ///< tokens
    reading,    ///< `done` of `total` tokens
    ready,
    stopped, ///< reading was cancelled or paused before this source was read to its end
    failed,  ///< `detail` says why
    missing, ///< read and answerable, but the original file is gone
    changed, ///< read and answerable, but the original file has changed since
};

/// One document of a session as the left pane lists it.
struct Source
{
    QString id;
    QString title;
    QString path;         ///< of the original file
    QString folder;       ///< the added folder that it came with ("linux"), empty for single files
    QString relativePath; ///< below `folder`, with '/'; empty for single files
    SourceFormat format = SourceFormat::text;
    int pages = 0;
    int lines = 0;
    qint64 tokens = -1; ///< -1 until counted
    SourceState state = SourceState::waiting;
    qint64 done = 0;
    qint64 total = 0;
    QString detail; ///< a sentence for failed and changed; a note like "14 pages have no text"
    QString encoding;
    QString sha256;
    QDateTime readAt;
    bool hidden = false; ///< left out of answers and searches by the user
};

/// What happens to one file of a proposed addition.
enum class AddVerdict
{
    willBeAdded,
    needsYou, ///< see AddNeed
    skipped,  ///< `reasonGroup` and `reason` say why
};

enum class AddNeed
{
    none,
    password, ///< the row offers a password field; providePassword() answers
    confirm,  ///< unticked at first: the reader decides (a duplicate, a scan without text ...)
};

struct AddItem
{
    int id = 0; ///< unique within the preview
    QString path;
    QString name; ///< file name, or the path below the added folder
    SourceFormat format = SourceFormat::text;
    qint64 bytes = 0;
    int pages = 0;
    int lines = 0;
    qint64 tokens = -1; ///< -1: not known before reading
    AddVerdict verdict = AddVerdict::willBeAdded;
    AddNeed need = AddNeed::none;
    QString reason;      ///< a sentence: "protected with a password", "pages 3-9 are pictures"
    QString reasonGroup; ///< short and shared by many: "ignored by .gitignore", "binary"
};

/// How long reading is likely to take. Tokens take longer the more stand before them.
struct ReadingTime
{
    double perToken = 0.0;        ///< seconds, of those that come next; 0: not known
    double perTokenSquared = 0.0; ///< what each adds to all after it

    /// -1: not known.
    [[nodiscard]] int secondsFor(qint64 tokens) const
    {
        const auto count = static_cast<double>(tokens);
        return perToken > 0.0 ? static_cast<int>(count * (perToken + count * perTokenSquared)) : -1;
    }
};

/// The answer to SessionPort::previewAdd(): nothing has been added yet.
struct AddPreview
{
    int request = 0;
    QList<AddItem> items;
    bool tokensEstimated = true; ///< from sizes rather than counted
    qint64 tokensFree = 0;       ///< room left in the session
    qint64 tokensLimit = 0;
    ReadingTime readingTime;
};

/// What taking a source out again costs, because what was read after it has to be read again.
struct RemovalCost
{
    int laterSources = 0;
    qint64 tokens = 0;
    int seconds = -1; ///< -1: not known
};

enum class ReadingState
{
    idle,
    preparing, ///< extracting and counting
    reading,
    paused,
    stopped, ///< cancelled with sources left over; resumeReading() goes on
};

/// The banner over the conversation. Counts are over all sources of the running job.
struct ReadingProgress
{
    ReadingState state = ReadingState::idle;
    QString sourceName; ///< the one in hand
    int sourcesDone = 0;
    int sourcesTotal = 0;
    qint64 tokensDone = 0;
    qint64 tokensTotal = 0;
    bool waiting = false;         ///< another session is at work and goes first
    double tokensPerSecond = 0.0; ///< moving average; 0: not known yet
    int secondsLeft = -1;         ///< -1: not known yet
};

} // namespace ui

Q_DECLARE_METATYPE(ui::RemovalCost)
Q_DECLARE_METATYPE(ui::Source)
Q_DECLARE_METATYPE(ui::AddItem)
Q_DECLARE_METATYPE(ui::AddPreview)
Q_DECLARE_METATYPE(ui::ReadingProgress)
