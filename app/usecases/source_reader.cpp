// SPDX-License-Identifier: GPL-3.0-or-later
#include "usecases/source_reader.h"

#include <algorithm>
#include <span>

#include <fmt/format.h>

#include "engine/check.h"
#include "ingest/document_maps.h"
#include "usecases/document_tokens.h"
#include "usecases/error_mapping.h"
#include "usecases/rate_meter.h"

namespace app {

namespace {

// Progress is reported, and a stop looked at, this often. Divides kCommitTokens.
constexpr std::size_t kSliceTokens = 512;

bool hasText(const storage::Source& source)
{
    return source.textBytes > 0;
}

// Sources that share a transaction while they are prepared: enough to spare the disk, few enough
// to let others at the file in between.
constexpr std::size_t kPreparedTogether = 64;

Result<storage::TokenRange> prepareSource(storage::SessionFile& file,
                                          const engine::Tokenizer& tokenizer,
                                          const storage::Source& source, std::uint64_t begin)
{
    auto text = file.sourceText(source.id);
    if (!text) {
        return passOn(text.error());
    }
    auto mapBytes = file.sourceMaps(source.id);
    if (!mapBytes) {
        return passOn(mapBytes.error());
    }
    auto maps = ingest::decodeMaps(*mapBytes);
    if (!maps) {
        return passOn(maps.error());
    }
    const DocumentTokens tokens = documentTokens(tokenizer, source.title, *text);
    if (source.passageCount == 0) {
        const auto passages = documentPassages(*text, *maps, tokens, begin);
        if (auto added = file.appendPassages(source.id, passages); !added) {
            return passOn(added.error());
        }
    }
    storage::SourceUpdate update;
    update.tokenCount = tokens.ids.size();
    update.tokens = storage::TokenRange{begin, begin + tokens.ids.size()};
    if (auto updated = file.updateSource(source.id, update); !updated) {
        return passOn(updated.error());
    }
    return *update.tokens;
}

Result<std::uint64_t> prepareBatch(storage::SessionFile& file, const engine::Tokenizer& tokenizer,
                                   std::span<const storage::Source> batch, std::uint64_t begin)
{
    Error reason;
    const auto done = file.together([&]() -> storage::Result<void> {
        for (const storage::Source& source : batch) {
            const auto range = prepareSource(file, tokenizer, source, begin);
            if (!range) {
                reason = range.error();
                return storage::fail(storage::ErrorCode::badInput, reason.message);
            }
            begin = range->end;
        }
        return {};
    });
    if (!done) {
        return tl::unexpected(reason.message.empty() ? toAppError(done.error()) : reason);
    }
    return begin;
}

} // namespace

Result<void> prepareSources(storage::SessionFile& file, const engine::Tokenizer& tokenizer,
                            const std::function<void(storage::SourceId)>& prepared,
                            const std::stop_token& stop)
{
    auto sources = file.sources();
    if (!sources) {
        return passOn(sources.error());
    }
    std::uint64_t end = kTimelineStart;
    std::vector<storage::Source> unprepared;
    for (storage::Source& source : *sources) {
        if (source.tokens && source.passageCount > 0) {
            end = source.tokens->end;
        } else if (hasText(source)) {
            unprepared.push_back(std::move(source));
        }
    }
    for (std::size_t begin = 0; begin < unprepared.size(); begin += kPreparedTogether) {
        if (stop.stop_requested()) {
            return fail(ErrorCode::cancelled, "stopped while counting tokens");
        }
        const auto batch =
            std::span<const storage::Source>(unprepared)
                .subspan(begin, std::min(kPreparedTogether, unprepared.size() - begin));
        auto next = prepareBatch(file, tokenizer, batch, end);
        if (!next) {
            return tl::unexpected(next.error());
        }
        end = *next;
        for (const storage::Source& source : batch) {
            if (prepared) {
                prepared(source.id);
            }
        }
    }
    return {};
}

SourceReader::SourceReader(storage::SessionFile& file, Timeline& timeline,
                           const engine::Tokenizer& tokenizer, EngineTurns* turns)
    : m_file(file), m_timeline(timeline), m_tokenizer(tokenizer), m_turns(turns),
      m_jobBegin(std::max(timeline.length(), kTimelineStart))
{
}

Result<std::vector<SourceReader::Pending>> SourceReader::pendingSources()
{
    auto sources = m_file.sources();
    if (!sources) {
        return passOn(sources.error());
    }
    std::vector<Pending> pending;
    for (storage::Source& source : *sources) {
        if (source.tokens && source.tokens->end > m_timeline.length()) {
            const storage::TokenRange range = *source.tokens;
            pending.push_back({std::move(source), range});
        }
    }
    return pending;
}

Result<void> SourceReader::run(const ReadingObserver& observer, const std::stop_token& stop)
{
    auto pending = pendingSources();
    if (!pending) {
        return passOn(pending.error());
    }
    if (pending->empty()) {
        return {};
    }
    if (m_timeline.length() == 0) {
        const engine::TokenId begin = m_timeline.session().model().config().bosToken;
        auto done = m_timeline.append(std::span(&begin, 1), {});
        if (!done) {
            return done;
        }
    }
    m_progress.sourcesTotal = m_jobSourcesDone + pending->size();
    m_progress.tokensTotal = pending->back().tokens.end - m_jobBegin;
    RateMeter meter(RateMeter::Clock::now(), m_timeline.length(),
                    engine::halfSpeedPosition(m_timeline.session().model().config()));
    ReadingObserver timed = observer;
    timed.progress = [&](const ReadingProgress&) {
        meter.update(m_timeline.length(), RateMeter::Clock::now());
        m_progress.tokensPerSecond = meter.perSecond();
        m_progress.pace = meter.pace();
        m_progress.timeLeft = meter.timeUntil(pending->back().tokens.end);
        if (observer.progress) {
            observer.progress(m_progress);
        }
    };
    std::uint64_t boundary = 0;
    for (const Pending& one : *pending) {
        auto done = keepBoundary(one, &one == &pending->back(), boundary);
        if (done) {
            done = readSource(one, timed, stop);
        }
        if (!done) {
            // What was read stays, whatever ended the reading.
            auto kept = commit();
            return kept ? done : kept;
        }
    }
    return commit();
}

// Keeps the state at the begin of the last source, so that removing it again reads nothing, and at
// begins far enough from each other that removing an earlier one reads little.
Result<void> SourceReader::keepBoundary(const Pending& next, bool isLast, std::uint64_t& newest)
{
    const std::uint64_t begin = next.tokens.begin;
    if (m_timeline.length() != begin || begin <= kTimelineStart ||
        (!isLast && begin - newest < storage::kBoundarySpacing)) {
        return {};
    }
    newest = begin;
    return commit(storage::CheckpointKeep::boundary);
}

Result<std::vector<engine::TokenId>> SourceReader::remainingTokens(const Pending& pending)
{
    auto text = m_file.sourceText(pending.source.id);
    if (!text) {
        return passOn(text.error());
    }
    DocumentTokens tokens = documentTokens(m_tokenizer, pending.source.title, *text);
    const std::uint64_t wanted = pending.tokens.end - pending.tokens.begin;
    if (tokens.ids.size() != wanted || pending.tokens.begin > m_timeline.length()) {
        return fail(ErrorCode::mismatch,
                    fmt::format("{}: wanted {} tokens from place {}, found {} from place {}. The "
                                "session has to be read again.",
                                pending.source.title, wanted, pending.tokens.begin,
                                tokens.ids.size(), m_timeline.length()));
    }
    const auto done = static_cast<std::ptrdiff_t>(m_timeline.length() - pending.tokens.begin);
    tokens.ids.erase(tokens.ids.begin(), tokens.ids.begin() + done);
    return std::move(tokens.ids);
}

Result<void> SourceReader::readSource(const Pending& pending, const ReadingObserver& observer,
                                      const std::stop_token& stop)
{
    auto tokens = remainingTokens(pending);
    if (!tokens) {
        return passOn(tokens.error());
    }
    const std::uint64_t end = pending.tokens.end;
    m_progress.sourceId = pending.source.id;
    m_progress.sourceTitle = pending.source.title;
    m_progress.sourceTotal = end - pending.tokens.begin;
    m_touched.push_back({pending.source.id, storage::SourceState::reading, std::nullopt});
    std::span<const engine::TokenId> left = *tokens;
    while (!left.empty()) {
        // Slices end where commits do, whatever the documents' sizes: the commit points of a
        // continued reading are those of an uninterrupted one.
        const std::uint64_t toBoundary = kSliceTokens - m_timeline.length() % kSliceTokens;
        const auto slice = left.first(std::min<std::size_t>(left.size(), toBoundary));
        auto done = append(slice, observer, stop);
        if (!done) {
            return done;
        }
        left = left.subspan(slice.size());
        if (left.empty()) {
            m_touched.back().state = storage::SourceState::ready;
            ++m_jobSourcesDone;
        }
        m_progress.sourceDone = m_timeline.length() - pending.tokens.begin;
        m_progress.tokensDone = m_timeline.length() - m_jobBegin;
        m_progress.sourcesDone = m_jobSourcesDone;
        if (m_timeline.length() % kCommitTokens == 0) {
            auto kept = commit();
            if (!kept) {
                return kept;
            }
            if (!left.empty()) {
                m_touched.push_back(
                    {pending.source.id, storage::SourceState::reading, std::nullopt});
            }
        }
        if (observer.progress) {
            observer.progress(m_progress);
        }
    }
    if (observer.sourceReady) {
        observer.sourceReady(pending.source.id);
    }
    return {};
}

Result<void> SourceReader::append(std::span<const engine::TokenId> tokens,
                                  const ReadingObserver& observer, const std::stop_token& stop)
{
    if (m_turns == nullptr) {
        return m_timeline.append(tokens, stop);
    }
    const auto turn = m_turns->take(EngineTurns::Work::reading, stop, observer.waiting);
    return turn ? m_timeline.append(tokens, stop) : tl::unexpected(turn.error());
}

Result<void> SourceReader::commit(storage::CheckpointKeep keep)
{
    auto done = m_timeline.commit(m_touched, keep);
    if (done) {
        m_touched.clear();
    }
    return done;
}

} // namespace app
