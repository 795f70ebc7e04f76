// SPDX-License-Identifier: GPL-3.0-or-later
#include "usecases/timeline.h"

#include <utility>

#include "usecases/error_mapping.h"
#include "usecases/row_source.h"

namespace app {

Timeline::Timeline(storage::SessionFile& file, std::unique_ptr<RowSource> rows)
    : m_file(file), m_rows(std::move(rows))
{
}

Timeline::~Timeline() = default;

Result<std::unique_ptr<Timeline>> Timeline::open(storage::SessionFile& file,
                                                 const LoadedModel& model, unsigned threads)
{
    auto length = file.tokensRead();
    if (!length) {
        return passOn(length.error());
    }
    auto checkpoint = file.loadCheckpoint();
    if (!checkpoint) {
        return passOn(checkpoint.error());
    }
    const std::uint64_t restorable = *checkpoint ? (*checkpoint)->tokenCount : 0;
    if (restorable < *length) {
        auto left = file.rewindTo(restorable);
        if (!left) {
            return passOn(left.error());
        }
    }
    std::unique_ptr<Timeline> timeline(new Timeline(file, std::make_unique<RowSource>(file)));
    engine::SessionOptions options;
    options.threads = threads;
    auto session = restorable == 0
                       ? engine::Session::create(model.model, options)
                       : engine::Session::restore(model.model, options, (*checkpoint)->bytes,
                                                  *timeline->m_rows);
    if (!session) {
        return passOn(session.error());
    }
    timeline->m_session = std::move(*session);
    timeline->m_committed = restorable;
    timeline->m_takenBack = *length - restorable;
    return timeline;
}

std::uint64_t Timeline::length() const
{
    return m_session->length();
}

Result<void> Timeline::append(std::span<const engine::TokenId> tokens, const std::stop_token& stop)
{
    const std::uint64_t before = m_session->length();
    auto done = m_session->append(tokens, stop);
    const auto taken = static_cast<std::size_t>(m_session->length() - before);
    const auto read = tokens.first(taken);
    m_uncommitted.insert(m_uncommitted.end(), read.begin(), read.end());
    if (!done) {
        return passOn(done.error());
    }
    return {};
}

Result<void> Timeline::commit(std::span<const storage::SourceProgress> sources,
                              storage::CheckpointKeep keep)
{
    const std::vector<engine::CacheBlock> blocks = m_session->rowsSince(m_committed);
    std::vector<storage::RowBlock> rows;
    rows.reserve(blocks.size());
    for (const engine::CacheBlock& block : blocks) {
        if (block.rowCount > 0) {
            rows.push_back({static_cast<std::uint32_t>(block.layer),
                            static_cast<std::uint32_t>(block.kind), block.rowBegin, block.rowCount,
                            block.bytes});
        }
    }
    std::vector<std::byte> checkpoint;
    storage::ReadingCommit commit;
    commit.tokenBegin = m_committed;
    commit.tokens = m_uncommitted;
    commit.sources = sources;
    commit.keep = keep;
    if (!m_uncommitted.empty() || keep == storage::CheckpointKeep::boundary) {
        checkpoint = m_session->checkpoint();
        commit.blocks = rows;
        commit.checkpoint = checkpoint;
    }
    auto done = m_file.commitReading(commit);
    if (!done) {
        return passOn(done.error());
    }
    m_committed += m_uncommitted.size();
    m_uncommitted.clear();
    return {};
}

std::uint64_t Timeline::prefilledTokens() const
{
    return m_session->prefilledTokens();
}

} // namespace app
