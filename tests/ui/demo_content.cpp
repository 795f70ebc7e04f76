// SPDX-License-Identifier: GPL-3.0-or-later
#include "demo_content.h"

#include "poppler_pages.h"

#include <QDir>
#include <QTimer>

#include <array>

namespace ui::test {
namespace {

const QString kHandbook = QStringLiteral("handbook");
const QString kSignalCode = QStringLiteral("signal");
const QString kNotes = QStringLiteral("notes");

const char* const kSignalText = R"(// SPDX-License-Identifier: MIT
#include "fog_signal.h"

#include <algorithm>
#include <chrono>

namespace station {

using namespace std::chrono_literals;

/* The rhythm of the horn. One blast of four seconds
   in each period of ninety; see the keeper's handbook. */
constexpr auto kBlast = 4s;
constexpr auto kPeriod = 90s;
constexpr auto kSteamFromCold = 35min;

bool FogSignal::mayStop(const Sighting& rock, Clock::time_point now) const
{
    // Fog that has lifted once comes back more often than not.
    if (!rock.visible) {
        return false;
    }
    return now - rock.since >= 15min;
}

void FogSignal::tick(Clock::time_point now)
{
    const auto phase = (now - m_started) % kPeriod;
    const bool sounding = m_running && phase < kBlast;
    if (sounding != m_sounding) {
        m_sounding = sounding;
        m_valve.set(sounding ? Valve::open : Valve::closed);
        m_log.write("horn", sounding ? "on" : "off", 0x2A);
    }
}

int FogSignal::coalFor(std::chrono::hours watch) const
{
    return std::max(1, static_cast<int>(watch.count() * 1.75));
}

} // namespace station
)";

const char* const kNotesText = R"(# Visit to the station

Notes of the second day, written on the boat.

## What has changed

- The clockwork has been replaced by a motor; the *old winding rule* is kept as an exercise.
- The horn is electric now. The **four seconds in ninety** have stayed.

## Open questions

> Who decides that the fog has lifted?

The handbook says a quarter of an hour; the younger keeper says "when I can see the gulls".
)";

qint64 at(const char* text, const char* phrase)
{
    return QString::fromUtf8(text).indexOf(QString::fromUtf8(phrase));
}

Place handbookPlace(const PopplerPages& pages, const QString& phrase)
{
    Place place;
    place.sourceId = kHandbook;
    place.sourceTitle = QStringLiteral("The Keeper’s Handbook");
    place.range = pages.find(phrase);
    place.page = pages.pageOf(place.range);
    place.pageCount = pages.pageCount();
    place.pageLabel = pages.pageLabel(place.page);
    return place;
}

Place codePlace(const char* from, const char* to)
{
    Place place;
    place.sourceId = kSignalCode;
    place.sourceTitle = QStringLiteral("station/src/fog_signal.cpp");
    place.range = {at(kSignalText, from), at(kSignalText, to) + static_cast<qint64>(qstrlen(to))};
    const QString text = QString::fromUtf8(kSignalText);
    place.lineBegin = static_cast<int>(text.left(place.range.begin).count(QLatin1Char('\n'))) + 1;
    place.lineEnd = static_cast<int>(text.left(place.range.end).count(QLatin1Char('\n'))) + 1;
    return place;
}

const PopplerPages& handbook()
{
    static const std::shared_ptr<PopplerPages> pages = [] {
        const QString file = QDir::temp().filePath(QStringLiteral("lectern-demo-handbook.pdf"));
        writeHandbook(file);
        return std::make_shared<PopplerPages>(file);
    }();
    return *pages;
}

Source codeFile(const QString& id, const QString& path, qint64 tokens, int lines)
{
    Source source = makeSource(id, QStringLiteral("station/") + path, tokens, SourceFormat::code);
    source.folder = QStringLiteral("station");
    source.relativePath = path;
    source.lines = lines;
    return source;
}

} // namespace

DemoContent::DemoContent(FakeLibrary& library) : m_library(library)
{
    library.m_model.name = QStringLiteral("Lectern built-in 24M");
    m_main = library.add(QStringLiteral("hare"), QStringLiteral("Hare Rock station"));
    m_fresh = library.add(QStringLiteral("fresh"), QStringLiteral("New session"));
    const QDateTime now = QDateTime::currentDateTime();
    struct Row
    {
        const char* title;
        const char* question;
        int daysAgo;
        qint64 tokens;
    };
    const std::array<Row, 4> rows{{
        {"Thesis: coastal law", "Which statutes name the foreshore?", 1, 612'400},
        {"Linux scheduler", "Where is the slice length decided?", 3, 431'900},
        {"Moby-Dick", "Who commands the Pequod?", 9, 274'310},
        {"Insurance contract", "Is water damage from below covered?", 26, 38'120},
    }};
    for (const Row& row : rows) {
        SessionSummary summary;
        summary.id = QString::fromUtf8(row.title);
        summary.title = summary.id;
        summary.lastQuestion = QString::fromUtf8(row.question);
        summary.usedAt = now.addDays(-row.daysAgo);
        summary.tokens = row.tokens;
        summary.sources = 3;
        summary.bytes = row.tokens * 1400;
        library.m_sessions.append(summary);
    }
    SessionSummary& first = library.m_sessions.first();
    first.lastQuestion = QStringLiteral("When may the fog signal be stopped?");
    first.tokens = 21'380;
    first.bytes = 31'000'000;
    library.m_sessions[1].usedAt = now.addSecs(-3600);
    addHandbook();
    addCode();
    m_main->m_status = {22'140, 1'000'000, true};
    for (FakeSession* session : {m_main, m_fresh}) {
        scriptAsking(session);
        session->m_onPreview = [session](int request, const QStringList&) {
            Q_EMIT session->addPreviewReady(preview(request));
        };
        session->m_onSearch = [session](int request, const QString&) {
            const Answer none = notFoundAnswer();
            Q_EMIT session->searchFinished(request, none.places, none.places.size());
        };
    }
    Q_EMIT library.sessionsChanged();
}

void DemoContent::addHandbook()
{
    Source source = makeSource(kHandbook, QStringLiteral("The Keeper’s Handbook"), 14'210);
    source.path = QStringLiteral("/home/ada/books/keepers-handbook.pdf");
    source.pages = handbook().pageCount();
    m_main->m_sources << source;
    ReaderContent content;
    content.sourceId = kHandbook;
    content.title = source.title;
    content.path = source.path;
    content.format = SourceFormat::pdf;
    content.text = handbook().text();
    const QString file = QDir::temp().filePath(QStringLiteral("lectern-demo-handbook.pdf"));
    content.pages = std::make_shared<PopplerPages>(file);
    const std::array<const char*, 5> titles{"The light", "The fog signal", "The boats", "The log",
                                            "Relief"};
    int page = 3;
    for (const char* title : titles) {
        content.outline.append({QString::fromUtf8(title), 0, page++, 0});
    }
    m_main->m_contents.insert(kHandbook, content);
}

void DemoContent::addCode()
{
    m_main->m_sources << codeFile(kSignalCode, QStringLiteral("src/fog_signal.cpp"), 1'420, 44)
                      << codeFile(QStringLiteral("c2"), QStringLiteral("src/fog_signal.h"), 510, 28)
                      << codeFile(QStringLiteral("c3"), QStringLiteral("src/lamp.cpp"), 2'240, 91)
                      << codeFile(QStringLiteral("c4"), QStringLiteral("tests/tst_lamp.cpp"), 1'130,
                                  52)
                      << codeFile(QStringLiteral("c5"), QStringLiteral("CMakeLists.txt"), 190, 14);
    Source notes =
        makeSource(kNotes, QStringLiteral("Visit notes.md"), 1'680, SourceFormat::markdown);
    notes.lines = 16;
    m_main->m_sources << notes;
    ReaderContent content;
    content.sourceId = kSignalCode;
    content.title = QStringLiteral("fog_signal.cpp");
    content.path = QStringLiteral("/home/ada/src/station/src/fog_signal.cpp");
    content.format = SourceFormat::code;
    content.text = QString::fromUtf8(kSignalText);
    m_main->m_contents.insert(kSignalCode, content);
    ReaderContent markdown;
    markdown.sourceId = kNotes;
    markdown.title = notes.title;
    markdown.path = QStringLiteral("/home/ada/Visit notes.md");
    markdown.format = SourceFormat::markdown;
    markdown.text = QString::fromUtf8(kNotesText);
    m_main->m_contents.insert(kNotes, markdown);
}

Answer DemoContent::foundAnswer()
{
    Answer answer;
    answer.id = QStringLiteral("a1");
    answer.question = QStringLiteral("When may the fog signal be stopped?");
    answer.askedAt = QDateTime(QDate::currentDate(), QTime(14, 2));
    answer.state = AnswerState::found;
    answer.text = QStringLiteral("Only when the rock has been in sight for a quarter of an hour.");
    answer.sourcesRead = 7;
    answer.tokensRead = 21'380;
    answer.totalMs = 2'410;
    answer.firstTokenMs = 640;

    Citation first;
    first.number = 1;
    first.quote = QStringLiteral(
        "The signal is stopped only when the rock has been in sight for a quarter of an hour.");
    first.place = handbookPlace(handbook(), first.quote);
    first.before = QStringLiteral("so the keeper on watch lights it when he loses the outer buoy, "
                                  "not the rock.");
    first.after = QStringLiteral("Fog that has lifted once comes back more often than not");
    first.state = CitationState::exact;
    first.markAt = static_cast<int>(answer.text.size());
    Citation second;
    second.number = 2;
    second.quote = QStringLiteral("return now - rock.since >= 15min;");
    second.place = codePlace("bool FogSignal::mayStop", "return now - rock.since >= 15min;");
    second.state = CitationState::close;
    second.stateDetail = QStringLiteral("1 word differs");
    second.markAt = first.markAt;
    Citation third;
    third.number = 3;
    third.role = CitationRole::alsoFound;
    third.quote = QStringLiteral("When the Hare Rock cannot be seen from the gallery, the fog "
                                 "signal is sounded.");
    third.place = handbookPlace(handbook(), third.quote);
    third.state = CitationState::exact;
    Citation fourth;
    fourth.number = 4;
    fourth.role = CitationRole::alsoFound;
    fourth.quote = QStringLiteral("The handbook says a quarter of an hour");
    fourth.place.sourceId = kNotes;
    fourth.place.sourceTitle = QStringLiteral("Visit notes.md");
    fourth.place.lineBegin = 16;
    fourth.place.lineEnd = 16;
    fourth.place.range = {at(kNotesText, "The handbook says"),
                          at(kNotesText, "quarter of an hour") + 18};
    fourth.state = CitationState::moved;
    fourth.stateDetail = QStringLiteral("line 16, not line 12");
    answer.citations = {first, second, third, fourth};
    return answer;
}

Answer DemoContent::notFoundAnswer()
{
    Answer answer;
    answer.id = QStringLiteral("a2");
    answer.question = QStringLiteral("What did a ton of coal cost in 1880?");
    answer.askedAt = QDateTime(QDate::currentDate(), QTime(14, 6));
    answer.state = AnswerState::notFound;
    answer.searchTerms = QStringLiteral("ton of coal");
    answer.sourcesRead = 7;
    answer.tokensRead = 21'380;
    answer.totalMs = 1'930;
    SearchHit hit;
    hit.place = handbookPlace(handbook(), QStringLiteral("ton of coal"));
    hit.snippet =
        QStringLiteral("…and a silent horn has cost more ships than a wasted ton of coal.");
    hit.match.begin = hit.snippet.indexOf(QStringLiteral("ton of coal"));
    hit.match.end = hit.match.begin + 11;
    SearchHit code;
    code.place = codePlace("int FogSignal::coalFor", "coalFor");
    code.snippet = QStringLiteral("int FogSignal::coalFor(std::chrono::hours watch) const");
    code.match = {15, 19};
    answer.places = {hit, code};
    return answer;
}

Answer DemoContent::cannotAnswer()
{
    Answer answer;
    answer.id = QStringLiteral("a3");
    answer.question = QStringLiteral("Summarise the handbook in five sentences.");
    answer.askedAt = QDateTime(QDate::currentDate(), QTime(14, 9));
    answer.state = AnswerState::cannotDo;
    answer.text = QStringLiteral("This model finds and quotes passages; it cannot summarise. These "
                                 "passages come nearest to what you ask.");
    Citation citation;
    citation.number = 1;
    citation.role = CitationRole::alsoFound;
    citation.quote = QStringLiteral("A turn of duty is eight weeks.");
    citation.place = handbookPlace(handbook(), citation.quote);
    citation.state = CitationState::exact;
    answer.citations = {citation};
    answer.sourcesRead = 7;
    answer.tokensRead = 21'380;
    answer.totalMs = 880;
    return answer;
}

AddPreview DemoContent::preview(int request)
{
    AddPreview preview;
    preview.request = request;
    preview.tokensLimit = 1'000'000;
    preview.tokensFree = 977'860;
    preview.readingTime = {1.0 / 1'180, 0.0};
    int id = 0;
    const auto add = [&](const char* name, SourceFormat format, int pages, int lines, qint64 tokens,
                         AddVerdict verdict, const char* reason = "", const char* group = "",
                         AddNeed need = AddNeed::none) {
        AddItem item;
        item.id = id++;
        item.name = QString::fromUtf8(name);
        item.path = QStringLiteral("/home/ada/") + item.name;
        item.format = format;
        item.pages = pages;
        item.lines = lines;
        item.tokens = tokens;
        item.verdict = verdict;
        item.reason = QString::fromUtf8(reason);
        item.reasonGroup = QString::fromUtf8(group);
        item.need = need;
        preview.items << item;
    };
    using F = SourceFormat;
    add("Lighthouses of the North.pdf", F::pdf, 318, 0, 212'400, AddVerdict::willBeAdded);
    add("station/src/lamp.cpp", F::code, 0, 91, 2'240, AddVerdict::willBeAdded);
    add("station/src/lens.cpp", F::code, 0, 210, 4'980, AddVerdict::willBeAdded);
    add("station/README.md", F::markdown, 0, 64, 1'120, AddVerdict::willBeAdded);
    add("Letters 1874.pdf", F::pdf, 320, 0, 98'000, AddVerdict::needsYou,
        "14 of 320 pages are pictures without text: p. 3–9, 41–47", "", AddNeed::confirm);
    add("Accounts.pdf", F::pdf, 0, 0, -1, AddVerdict::needsYou, "Protected with a password", "",
        AddNeed::password);
    for (const char* name : {"station/build/lamp.o", "station/build/lens.o"}) {
        add(name, F::code, 0, 0, -1, AddVerdict::skipped, "matches “build/” in .gitignore",
            "ignored by .gitignore");
    }
    add("station/logo.png", F::text, 0, 0, -1, AddVerdict::skipped, "an image", "binary");
    return preview;
}

void DemoContent::startReading()
{
    m_main->m_status.tokensUsed = 108'860;
    Source book =
        makeSource(QStringLiteral("north"), QStringLiteral("Lighthouses of the North"), 212'400);
    book.pages = 318;
    book.state = SourceState::reading;
    book.done = 87'480;
    book.total = 212'400;
    Source letters = makeSource(QStringLiteral("letters"), QStringLiteral("Letters 1874"), 98'000);
    letters.pages = 320;
    letters.state = SourceState::waiting;
    letters.done = 0;
    Source accounts =
        makeSource(QStringLiteral("accounts"), QStringLiteral("Accounts 1873.pdf"), -1);
    accounts.state = SourceState::failed;
    accounts.detail = QStringLiteral("The file is damaged: no page could be read");
    m_main->m_sources << book << letters << accounts;
    ReadingProgress progress;
    progress.state = ReadingState::reading;
    progress.sourceName = book.title;
    progress.sourcesTotal = 2;
    progress.tokensDone = 87'480;
    progress.tokensTotal = 310'400;
    progress.tokensPerSecond = 1'184;
    progress.secondsLeft = 188;
    m_main->m_reading = progress;
}

void DemoContent::makeAwkward()
{
    const QString longTitle = QStringLiteral("An Enquiry into the Duties of the Keepers of Lights, "
                                             "Beacons and Buoys upon the Coast, with "
                                             "Remarks on Fog, second edition, revised");
    m_library.m_sessions.first().title = longTitle;
    m_main->m_title = longTitle;
    m_library.m_sessions.first().lastQuestion = longTitle + QLatin1Char('?');
    m_library.m_sessions[1].title = QStringLiteral("红楼梦 与 脂砚斋评 \U0001F4DA");
    m_library.m_sessions[2].title = QStringLiteral("ألف ليلة وليلة");
    m_main->m_sources[0].title = longTitle;
    for (int i = 0; i < 400; ++i) {
        m_main->m_sources << codeFile(QStringLiteral("many%1").arg(i),
                                      QStringLiteral("src/part%1/file%2.cpp").arg(i / 40).arg(i),
                                      800, 60);
    }
    Source missing = makeSource(QStringLiteral("gone"), QStringLiteral("红楼梦.epub"), 640'000,
                                SourceFormat::epub);
    missing.state = SourceState::missing;
    Source changed = makeSource(QStringLiteral("changed"), QStringLiteral("notes.txt"), 2'000,
                                SourceFormat::text);
    changed.state = SourceState::changed;
    m_main->m_sources << missing << changed;
    m_main->m_status = {966'140, 1'000'000, true};
    Answer& answer = m_main->m_answers.first();
    answer.question =
        longTitle + QStringLiteral("?\nAnd what does 脂砚斋 say? \U0001F469\u200D\U0001F52C");
    answer.text =
        QStringLiteral("第一回说：“此开卷第一回也。” ") + answer.text +
        QStringLiteral("\n\nA second paragraph, with a_very_long_identifier_that_goes_on_and_on_"
                       "and_on::without_any_blank::to_break_the_line_at<std::vector<int>>().");
    for (Citation& citation : answer.citations) {
        citation.markAt = citation.markAt < 0 ? -1 : 12;
        citation.place.sourceTitle = longTitle;
    }
    answer.citations[0].state = CitationState::missing;
    answer.citations[1].state = CitationState::moved;
    answer.citations[1].stateDetail = QStringLiteral("lines 17–23, not lines 40–46");
    answer.citations[1].quote = QString::fromUtf8(kSignalText).mid(500, 600);
}

void DemoContent::scriptAsking(FakeSession* session)
{
    session->m_onAsk = [session](const QString& question) {
        static int asked = 0;
        Answer answer = foundAnswer();
        answer.id = QStringLiteral("live%1").arg(++asked);
        answer.question = question;
        answer.askedAt = QDateTime::currentDateTime();
        Answer begun;
        begun.id = answer.id;
        if (asked > 1) {
            begun.follows = QStringLiteral("live%1").arg(asked - 1);
        } else if (!session->m_answers.isEmpty()) {
            begun.follows = session->m_answers.constLast().id;
        }
        begun.question = question;
        begun.askedAt = answer.askedAt;
        QTimer::singleShot(10, session, [session, begun] { Q_EMIT session->answerStarted(begun); });
        const QStringList words = answer.text.split(QLatin1Char(' '));
        int when = 1800;
        for (const QString& word : words) {
            QTimer::singleShot(when, session, [session, answer, word] {
                Q_EMIT session->answerText(answer.id, word + QLatin1Char(' '));
            });
            when += 60;
        }
        for (const Citation& citation : answer.citations) {
            QTimer::singleShot(when, session, [session, answer, citation] {
                Q_EMIT session->citationFound(answer.id, citation);
            });
            when += 250;
        }
        QTimer::singleShot(when, session, [session, answer] {
            session->m_answers << answer;
            Q_EMIT session->answerFinished(answer);
        });
    };
}

} // namespace ui::test
