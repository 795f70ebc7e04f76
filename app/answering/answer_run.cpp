// SPDX-License-Identifier: GPL-3.0-or-later
#include "answer_run.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "answer_text.h"
#include "literal_quote.h"

namespace answering {

namespace {

/// Below this a quotation would be held together by force alone; the passage is listed as a place
/// to look at. Origin: the model's highest decile on unrelated passages is 0.06.
constexpr double kWorthQuoting = 0.05;
/// From here on a passage beside the first is said to speak of the question too.
constexpr double kAlsoFound = 0.5;
/// Passages among which the ones to read are chosen, and what all words of the question in one
/// sentence of a passage add to its located score. Origin: 234 questions of bench_quality: right
/// paragraph first for 88 %, quotation of the first source holds the answer for 76 % (86 and 75 %
/// without), alike for weights from 2 to 6.
constexpr std::size_t kConsidered = 12;
constexpr double kSentenceWeight = 4.0;
/// Places to look at when nothing answers.
constexpr std::size_t kMaxPlaces = 5;

bool isSpace(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

/// Short answers that say the same: letters and digits compared without case.
bool saySame(std::string_view left, std::string_view right)
{
    const auto plain = [](std::string_view text) {
        std::string result;
        for (const char c : text) {
            if (!isSpace(c) && c != '.' && c != ',') {
                result.push_back(c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c);
            }
        }
        return result;
    };
    return !left.empty() && plain(left) == plain(right);
}

std::vector<WeightedWord> weighted(std::span<const QuestionTerm> terms)
{
    std::vector<WeightedWord> words;
    for (const auto& term : terms) {
        words.push_back({term.text, term.idf});
    }
    return words;
}

} // namespace

AnswerRun::AnswerRun(const Question& question, AnswerSources& sources, const AnswerSink& sink,
                     std::span<const std::unique_ptr<PassageReader>> readers,
                     const AnswererOptions& options, std::stop_token stop)
    : m_question(question), m_sources(sources), m_sink(sink), m_readers(readers),
      m_options(options), m_stop(std::move(stop))
{
}

Result<Answer> AnswerRun::run()
{
    tell(AnswerEvent::Kind::started);
    const auto passages = m_sources.passages();
    if (!passages) {
        return tl::unexpected(passages.error());
    }
    m_passages = *passages;
    m_citer.emplace(m_sources, m_passages);
    m_answer.kind = classifyRequest(m_question.text);
    if (m_answer.kind == RequestKind::empty) {
        return fail(ErrorCode::badInput, "a question: wanted words, found none");
    }
    const bool refuses = m_options.readsOnly && m_answer.kind != RequestKind::question;
    const auto done = refuses ? refuseRequest(m_answer.kind) : answerQuestion();
    if (!done) {
        return tl::unexpected(done.error());
    }
    m_answer.timing.totalMs = elapsedMs();
    return std::move(m_answer);
}

Result<void> AnswerRun::answerQuestion()
{
    if (m_passages.empty()) {
        m_answer.notFound = true;
        NotFoundFacts facts;
        facts.hasSources = false;
        showText(notFoundText(facts));
        return {};
    }
    auto location = locateQuestion(m_question, m_sources, *m_readers.front(), m_stop);
    if (!location) {
        return tl::unexpected(location.error());
    }
    m_location = std::move(*location);
    m_answer.timing.locateMs = elapsedMs();
    if (!m_location.hasKnownWord()) {
        tell(AnswerEvent::Kind::located);
        return finishNotFound();
    }
    m_words = weighted(m_location.match.terms);
    if (const auto prepared = prepareCandidates(); !prepared) {
        return prepared;
    }
    if (const auto read = readCandidates(); !read) {
        return read;
    }
    return m_shown ? finishFound() : finishNotFound();
}

/// Chooses the passages to read: those located best, and among them those that hold the question's
/// words close together.
Result<void> AnswerRun::prepareCandidates()
{
    const WordWeights words(m_words);
    std::vector<PromisingPassage> promising;
    const std::size_t considered = std::min(kConsidered, m_location.ranking.size());
    for (std::size_t i = 0; i < considered; ++i) {
        const auto& located = m_location.ranking[i];
        auto text = m_citer->passageText(located.passage);
        if (!text) {
            return tl::unexpected(text.error());
        }
        const double share = bestSentenceShare(*text, m_passages[located.passage].isCode, words);
        m_candidates.push_back(
            {located.passage,
             std::move(*text),
             {},
             false,
             false,
             located.score + kSentenceWeight * share,
             {0.0, heldShare(m_location.match, located.passage), located.score}});
    }
    std::stable_sort(m_candidates.begin(), m_candidates.end(),
                     [](const auto& a, const auto& b) { return a.promise > b.promise; });
    m_candidates.resize(std::min(m_options.passagesRead, considered));
    for (const auto& candidate : m_candidates) {
        promising.push_back({candidate.evidence, candidate.promise});
    }
    m_leading.emplace(std::move(promising));
    m_pendingText.resize(m_candidates.size());
    tell(AnswerEvent::Kind::located);
    return {};
}

Result<void> AnswerRun::readCandidates()
{
    std::vector<ReadingTask> tasks;
    tasks.reserve(m_candidates.size());
    for (const auto& candidate : m_candidates) {
        tasks.push_back({candidate.text, m_passages[candidate.passage].isCode});
    }
    const auto read = runReadingRound(
        m_readers, {m_question.text, m_words}, tasks,
        [](double found) { return found >= kWorthQuoting; },
        [this](const ReadingNews& news) { takeNews(news); }, m_stop);
    if (!read) {
        return read;
    }
    if (const auto leader = m_leading->settled(); !m_error && leader && !m_shown) {
        if (const auto quoted = quoteLateLeader(*leader); !quoted) {
            return quoted;
        }
    }
    if (m_error) {
        return tl::unexpected(*m_error);
    }
    return {};
}

void AnswerRun::takeNews(const ReadingNews& news)
{
    auto& candidate = m_candidates[news.task];
    switch (news.kind) {
    case ReadingNews::Kind::opened:
        m_leading->opened(news.task, news.reading.found);
        break;
    case ReadingNews::Kind::answerText:
        m_pendingText[news.task] += news.text;
        break;
    case ReadingNews::Kind::done:
        candidate.reading = news.reading;
        candidate.isQuoted = news.isQuoted;
        candidate.isDone = true;
        m_answer.tokens.prompt += news.reading.promptTokens;
        m_answer.tokens.generated += news.reading.generatedTokens;
        tell(AnswerEvent::Kind::passageRead);
        break;
    }
    showLeader();
}

/// Gives out what has come of the leader's answer, and its source when it is complete.
void AnswerRun::showLeader()
{
    const auto leader = m_leading->settled();
    if (m_error || !leader || !m_answer.sources.empty()) {
        return;
    }
    auto& candidate = m_candidates[*leader];
    if (candidate.isDone && !candidate.isQuoted) {
        return; // quoted after the round
    }
    m_shown = *leader;
    showText(std::exchange(m_pendingText[*leader], {}));
    if (!candidate.isDone) {
        return;
    }
    auto source = sourceOf(*leader);
    if (!source) {
        m_error = source.error();
        return;
    }
    m_answer.shortAnswer = source->shortAnswer;
    m_answer.confidence = answerProbability(m_leading->evidence(*leader));
    if (m_answer.shortAnswer.empty()) {
        showText("“" + runningText(source->quote) + "”");
    }
    source->role = SourceRole::basis;
    showMark(*source);
    addSource(std::move(*source));
}

/// The rule takes for an answer what did not look worth quoting on its own.
Result<void> AnswerRun::quoteLateLeader(std::size_t candidate)
{
    auto& late = m_candidates[candidate];
    auto& reader = *m_readers.front();
    const auto opened =
        reader.open(m_question.text, late.text, m_passages[late.passage].isCode, m_stop);
    if (!opened) {
        return tl::unexpected(opened.error());
    }
    const auto quoted = reader.quote(m_words, {}, m_stop);
    if (!quoted) {
        return tl::unexpected(quoted.error());
    }
    late.reading = *quoted;
    late.isQuoted = true;
    m_answer.tokens.prompt += quoted->promptTokens;
    m_answer.tokens.generated += quoted->generatedTokens;
    m_pendingText[candidate] = shortAnswerOf(late);
    showLeader();
    return {};
}

Result<void> AnswerRun::finishFound()
{
    const std::string first = m_answer.shortAnswer;
    for (const std::size_t candidate : m_leading->ranking()) {
        if (candidate == *m_shown) {
            continue;
        }
        auto source = sourceOf(candidate);
        if (!source) {
            return tl::unexpected(source.error());
        }
        const bool answers = m_leading->isAnswer(candidate);
        if (answers && source->role == SourceRole::alsoFound &&
            saySame(first, source->shortAnswer)) {
            source->role = SourceRole::basis;
            showMark(*source);
        }
        addSource(std::move(*source));
    }
    return {};
}

Result<void> AnswerRun::finishNotFound()
{
    m_answer.notFound = true;
    if (m_leading) {
        for (const std::size_t candidate : m_leading->ranking()) {
            m_answer.confidence =
                std::max(m_answer.confidence, answerProbability(m_leading->evidence(candidate)));
        }
    }
    // A name of the code that stands there literally is found, whatever the model makes of it.
    const bool isNamed = !m_location.named.empty();
    auto places = placesByWords();
    const std::size_t numPlaces = std::min(places.size(), kMaxPlaces);
    if (isNamed) {
        m_answer.notFound = false;
        showText(namedPlacesText(m_location.names.front(), numPlaces));
    } else {
        NotFoundFacts facts;
        facts.hasKnownWord = m_location.hasKnownWord();
        facts.numPlaces = numPlaces;
        showText(notFoundText(facts));
    }
    places.resize(numPlaces);
    auto words = weighted(m_location.match.terms);
    for (const auto& name : m_location.names) {
        words.push_back({name, 100.0}); // outweighs all other words
    }
    return addPlacesToLook(places, WordWeights(words));
}

Result<void> AnswerRun::refuseRequest(RequestKind kind)
{
    m_answer.cannotDo = true;
    if (kind == RequestKind::chat || m_passages.empty()) {
        showText(cannotDoText(kind, 0));
        return {};
    }
    auto location = locateWords(m_question, m_sources);
    if (!location) {
        return tl::unexpected(location.error());
    }
    m_location = std::move(*location);
    m_answer.timing.locateMs = elapsedMs();
    auto places = placesByWords();
    places.resize(std::min(places.size(), kMaxPlaces));
    tell(AnswerEvent::Kind::located);
    showText(cannotDoText(kind, places.size()));
    return addPlacesToLook(places, WordWeights(weighted(m_location.match.terms)));
}

/// Passages that hold words of the question (or a name of code), best first.
std::vector<std::size_t> AnswerRun::placesByWords() const
{
    std::vector<std::size_t> places;
    for (const auto& located : m_location.ranking) {
        const bool isNamed =
            std::binary_search(m_location.named.begin(), m_location.named.end(), located.passage);
        const bool hasWord =
            m_location.hasKnownWord() && m_location.match.bm25[located.passage] > 0.0;
        if (m_location.named.empty() ? hasWord : isNamed) {
            places.push_back(located.passage);
        }
    }
    return places;
}

Result<void> AnswerRun::addPlacesToLook(std::span<const std::size_t> passages,
                                        const WordWeights& words)
{
    for (const std::size_t passage : passages) {
        const auto text = m_citer->passageText(passage);
        if (!text) {
            return tl::unexpected(text.error());
        }
        auto source =
            m_citer->cite(passage, *text, literalQuote(*text, m_passages[passage].isCode, words));
        if (!source) {
            return tl::unexpected(source.error());
        }
        const auto located =
            std::find_if(m_location.ranking.begin(), m_location.ranking.end(),
                         [&](const LocatedPassage& l) { return l.passage == passage; });
        source->role = SourceRole::placeToLook;
        source->located = located->score;
        source->score = located->score;
        addSource(std::move(*source));
    }
    return {};
}

std::string AnswerRun::shortAnswerOf(const Candidate& candidate) const
{
    const auto& reading = candidate.reading;
    if (!candidate.isQuoted || reading.answerBegin >= reading.answerEnd) {
        return {};
    }
    return runningText(std::string_view(candidate.text)
                           .substr(reading.answerBegin, reading.answerEnd - reading.answerBegin));
}

Result<CitedSource> AnswerRun::sourceOf(std::size_t index)
{
    const auto& candidate = m_candidates[index];
    const auto& reading = candidate.reading;
    ByteRange quote{reading.quoteBegin, reading.shownEnd};
    if (!candidate.isQuoted) {
        quote = literalQuote(candidate.text, m_passages[candidate.passage].isCode,
                             WordWeights(m_words));
    }
    auto source = m_citer->cite(candidate.passage, candidate.text, quote);
    if (!source) {
        return source;
    }
    const bool speaksOfIt = candidate.isQuoted && reading.found >= kAlsoFound;
    source->role = speaksOfIt ? SourceRole::alsoFound : SourceRole::placeToLook;
    source->shortAnswer = shortAnswerOf(candidate);
    source->score = m_leading->score(index);
    source->located = m_leading->evidence(index).located;
    source->found = reading.found;
    return source;
}

void AnswerRun::addSource(CitedSource source)
{
    source.rank = m_answer.sources.size() + 1;
    m_answer.sources.push_back(std::move(source));
    tell(AnswerEvent::Kind::source, {}, &m_answer.sources.back());
}

void AnswerRun::showText(std::string_view text)
{
    if (text.empty()) {
        return;
    }
    if (m_answer.text.empty()) {
        m_answer.timing.firstWordsMs = elapsedMs();
    }
    m_answer.text += text;
    tell(AnswerEvent::Kind::text, text);
}

/// Appends the number that the source is about to get.
void AnswerRun::showMark(CitedSource& source)
{
    source.markAt = m_answer.text.size() + 1;
    showText(" " + sourceMark(m_answer.sources.size() + 1));
}

void AnswerRun::tell(AnswerEvent::Kind kind, std::string_view text, const CitedSource* source) const
{
    if (!m_sink) {
        return;
    }
    AnswerEvent event;
    event.kind = kind;
    event.text = text;
    event.source = source;
    event.passagesTotal = m_passages.size();
    event.passagesToRead = m_candidates.size();
    event.passagesRead = static_cast<std::size_t>(
        std::count_if(m_candidates.begin(), m_candidates.end(),
                      [](const Candidate& candidate) { return candidate.isDone; }));
    m_sink(event);
}

double AnswerRun::elapsedMs() const
{
    return std::chrono::duration<double, std::milli>(Clock::now() - m_began).count();
}

} // namespace answering
