// SPDX-License-Identifier: GPL-3.0-or-later
#include "usecases/session_repair.h"

#include <algorithm>
#include <span>

#include <fmt/format.h>

#include "engine/session.h"
#include "usecases/document_tokens.h"
#include "usecases/error_mapping.h"
#include "usecases/row_source.h"
#include "usecases/words.h"

namespace app {

namespace {

using storage::Damage;

class Repairer
{
public:
    Repairer(storage::SessionFile& file, const LoadedModel& model, unsigned threads,
             const std::stop_token& stop)
        : m_file(file), m_model(model), m_threads(threads), m_stop(stop)
    {
    }

    Result<SessionRepair> run()
    {
        auto found = m_file.findDamage();
        if (!found) {
            return passOn(found.error());
        }
        std::stable_sort(found->begin(), found->end(), [this](const Damage& a, const Damage& b) {
            return std::pair(orderOf(a.part), firstToken(a)) <
                   std::pair(orderOf(b.part), firstToken(b));
        });
        for (const Damage& damage : *found) {
            if (auto done = repair(damage); !done) {
                return tl::unexpected(done.error());
            }
            if (m_done.wasCut) {
                break; // the rest was behind the cut, or waits for the next look
            }
        }
        return m_done;
    }

private:
    /// Rows need tokens, tokens need text; each is tried with what the others have.
    static int orderOf(Damage::Part part)
    {
        switch (part) {
        case Damage::Part::text:
        case Damage::Part::maps:
            return 0;
        case Damage::Part::tokens:
            return 1;
        case Damage::Part::checkpoint:
            return 2;
        case Damage::Part::rows:
            break;
        }
        return 3;
    }
    std::uint64_t tokensPerRow(const Damage& damage) const
    {
        const auto& ratios = m_model.model->config().compressRatios;
        const std::size_t ratio = damage.layer < ratios.size() ? ratios[damage.layer] : 0;
        return std::max<std::size_t>(ratio, 1);
    }
    std::uint64_t firstToken(const Damage& damage) const
    {
        return damage.part == Damage::Part::rows ? damage.rowBegin * tokensPerRow(damage)
                                                 : damage.tokens.begin;
    }
    Result<void> repair(const Damage& damage)
    {
        switch (damage.part) {
        case Damage::Part::text:
            return repairText(damage);
        case Damage::Part::maps:
            note(fmt::format("The page numbers of \"{}\" are damaged. Add the file again to mend "
                             "them.",
                             titleOf(damage.source)));
            return {};
        case Damage::Part::tokens:
            return repairTokens(damage);
        case Damage::Part::checkpoint:
            return dropCheckpoint(damage);
        case Damage::Part::rows:
            break;
        }
        return repairRows(damage);
    }
    void note(std::string sentence) { m_done.notes.push_back(std::move(sentence)); }
    std::string titleOf(storage::SourceId id)
    {
        const auto source = m_file.source(id);
        return source ? source->title : std::string();
    }

    Result<void> repairText(const Damage& damage);
    Result<void> repairTokens(const Damage& damage);
    Result<void> dropCheckpoint(const Damage& damage);
    Result<void> repairRows(const Damage& damage);
    Result<std::unique_ptr<engine::Session>> sessionBefore(std::uint64_t token, RowSource& rows);

    storage::SessionFile& m_file;
    const LoadedModel& m_model;
    unsigned m_threads;
    const std::stop_token& m_stop;
    SessionRepair m_done;
};

Result<void> Repairer::repairText(const Damage& damage)
{
    const auto source = m_file.source(damage.source);
    if (!source) {
        return passOn(source.error());
    }
    if (source->tokens) {
        const std::size_t title = m_model.tokenizer->encode(source->title + "\n\n").size();
        const auto tokens = m_file.readTokens({source->tokens->begin + title, source->tokens->end});
        const std::string text = tokens ? m_model.tokenizer->decode(*tokens) : std::string();
        if (damage.text.end <= text.size() &&
            m_file.restoreText(damage.source, damage.text.begin,
                               std::string_view(text).substr(
                                   damage.text.begin, damage.text.end - damage.text.begin))) {
            note(fmt::format("A piece of the text of \"{}\" was damaged. It was put together again "
                             "from its tokens.",
                             source->title));
            return {};
        }
    }
    note(fmt::format("A piece of the text of \"{}\" is damaged and cannot be put together again. "
                     "Add the file again.",
                     source->title));
    return {};
}

Result<void> Repairer::repairTokens(const Damage& damage)
{
    const auto sources = m_file.sources();
    if (!sources) {
        return passOn(sources.error());
    }
    std::vector<engine::TokenId> tokens(damage.tokens.end - damage.tokens.begin,
                                        m_model.model->config().bosToken);
    for (const storage::Source& source : *sources) {
        if (!source.tokens || source.tokens->end <= damage.tokens.begin ||
            source.tokens->begin >= damage.tokens.end) {
            continue;
        }
        const auto text = m_file.sourceText(source.id);
        if (!text) {
            return passOn(text.error());
        }
        const auto ids = documentTokens(*m_model.tokenizer, source.title, *text).ids;
        for (std::size_t i = 0; i < ids.size(); ++i) {
            const std::uint64_t at = source.tokens->begin + i;
            if (at >= damage.tokens.begin && at < damage.tokens.end) {
                tokens[at - damage.tokens.begin] = ids[i];
            }
        }
    }
    if (auto restored = m_file.restoreTokens(damage.tokens.begin, tokens); !restored) {
        return passOn(restored.error());
    }
    note(fmt::format("Tokens {} to {} were damaged. They were made again from the text.",
                     withThousands(damage.tokens.begin), withThousands(damage.tokens.end)));
    return {};
}

Result<void> Repairer::dropCheckpoint(const Damage& damage)
{
    if (auto dropped = m_file.dropCheckpoint(damage.tokens.end); !dropped) {
        return passOn(dropped.error());
    }
    note(fmt::format("The state of the model after {} tokens was damaged. An earlier one is used.",
                     withThousands(damage.tokens.end)));
    return {};
}

Result<std::unique_ptr<engine::Session>> Repairer::sessionBefore(std::uint64_t token,
                                                                 RowSource& rows)
{
    auto checkpoint = m_file.loadCheckpoint(token);
    if (!checkpoint) {
        return passOn(checkpoint.error());
    }
    engine::SessionOptions options;
    options.threads = m_threads;
    auto session =
        *checkpoint ? engine::Session::restore(m_model.model, options, (*checkpoint)->bytes, rows)
                    : engine::Session::create(m_model.model, options);
    if (!session) {
        return passOn(session.error());
    }
    return std::move(*session);
}

Result<void> Repairer::repairRows(const Damage& damage)
{
    RowSource rows(m_file);
    const std::uint64_t first = firstToken(damage);
    const std::uint64_t end = (damage.rowBegin + damage.rowCount) * tokensPerRow(damage);
    auto session = sessionBefore(first, rows);
    if (!session) {
        return tl::unexpected(session.error());
    }
    const std::uint64_t begin = (*session)->length();
    const auto tokens = m_file.readTokens({begin, end});
    if (!tokens) {
        return passOn(tokens.error());
    }
    if (auto read = (*session)->append(*tokens, m_stop); !read) {
        return passOn(read.error());
    }
    m_done.tokensReadAgain += end - begin;
    for (const engine::CacheBlock& block : (*session)->rowsSince(begin)) {
        if (block.layer != damage.layer || static_cast<std::uint32_t>(block.kind) != damage.kind) {
            continue;
        }
        const std::size_t bytes = block.bytes.size() / block.rowCount;
        const auto wanted =
            std::span(block.bytes)
                .subspan((damage.rowBegin - block.rowBegin) * bytes, damage.rowCount * bytes);
        if (m_file.restoreRows(damage.layer, damage.kind, damage.rowBegin, wanted)) {
            note(fmt::format("What the model had kept of tokens {} to {} was damaged in layer {}. "
                             "Tokens {} to {} were read again.",
                             withThousands(first), withThousands(end), damage.layer,
                             withThousands(begin), withThousands(end)));
            return {};
        }
    }
    auto left = m_file.rewindTo(first);
    if (!left) {
        return passOn(left.error());
    }
    m_done.wasCut = true;
    note(fmt::format("What the model had kept of tokens {} to {} was damaged, and this machine "
                     "does not compute it as it was. Everything from token {} on has to be read "
                     "again.",
                     withThousands(first), withThousands(end), withThousands(*left)));
    return {};
}

} // namespace

Result<SessionRepair> repairSession(storage::SessionFile& file, const LoadedModel& model,
                                    unsigned threads, const std::stop_token& stop)
{
    return Repairer(file, model, threads, stop).run();
}

} // namespace app
