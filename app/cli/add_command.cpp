// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <chrono>
#include <map>
#include <vector>

#include <fmt/format.h>

#include "cli/commands.h"
#include "usecases/document_tokens.h"
#include "usecases/json_values.h"
#include "usecases/open_session.h"
#include "usecases/session_argument.h"
#include "usecases/words.h"

namespace app {

namespace {

/// An item of the plan and the source that it became, or was already.
struct Outcome
{
    const AddItem* item = nullptr;
    std::optional<storage::Source> source;
    bool wasThere = false;
};

bool isUnread(const storage::Source& source)
{
    return source.state == storage::SourceState::waiting ||
           source.state == storage::SourceState::reading ||
           source.state == storage::SourceState::stopped;
}

class Addition
{
public:
    explicit Addition(const CommandContext& context) : m_context(context) {}

    ExitCode run()
    {
        m_begin = std::chrono::steady_clock::now();
        if (auto opened = open(); !opened) {
            return refuse(m_context, opened.error());
        }
        if (auto planned = plan(); !planned) {
            return refuse(m_context, planned.error());
        }
        const auto done = storeAndRead();
        if (!done && done.error().code != ErrorCode::cancelled) {
            return refuse(m_context, done.error());
        }
        if (auto gathered = gather(); !gathered) {
            return refuse(m_context, gathered.error());
        }
        m_context.invocation.json ? printJson() : printPlain();
        if (!done) {
            m_context.console.note(fmt::format(
                "Stopped. What was read is kept: {} tokens. The same command reads on from there.",
                withThousands(m_tokensRead)));
            return ExitCode::failed;
        }
        return hasBadArguments() ? ExitCode::badInput : ExitCode::done;
    }

private:
    Result<void> open()
    {
        auto found = resolveSession(m_context.invocation.library, m_context.invocation.session);
        if (!found) {
            return tl::unexpected(found.error());
        }
        m_argument = std::move(*found);
        auto model = m_context.models->get();
        if (!model) {
            return tl::unexpected(model.error());
        }
        // A session that is new is made only once there is something to put into it.
        return m_argument.exists || m_context.invocation.readAgain ? openSession() : Result<void>();
    }

    Result<void> openSession()
    {
        auto file = openOrCreateSession(m_argument);
        if (!file) {
            return tl::unexpected(file.error());
        }
        m_session = std::make_unique<OpenSession>(
            std::move(*file), m_context.models, OpenSession::Options{m_context.invocation.threads});
        if (m_context.invocation.readAgain) {
            return m_session->readAgain();
        }
        auto loaded = m_session->load();
        if (!loaded && loaded.error().code == ErrorCode::mismatch) {
            return fail(ErrorCode::mismatch,
                        loaded.error().message +
                            fmt::format(" To do so: lectern add {} --read-again",
                                        m_context.invocation.session));
        }
        return loaded;
    }

    Result<void> plan()
    {
        auto before = m_session ? m_session->snapshot() : SessionSnapshot{{}, kTimelineStart};
        if (!before) {
            return tl::unexpected(before.error());
        }
        PlanOptions options;
        options.password = m_context.invocation.password;
        options.stop = m_context.stop;
        options.progress = [this](std::size_t seen, const std::filesystem::path& file) {
            m_context.console.progress(
                fmt::format("Looking at file {}: {}", withThousands(seen + 1), file.string()));
        };
        auto model = m_context.models->get();
        auto planned =
            planAddition(*model->tokenizer, m_context.invocation.paths, *before, options);
        if (!planned) {
            return tl::unexpected(planned.error());
        }
        m_context.console.endProgress();
        m_plan = std::move(*planned);
        refuseWhatDoesNotFit(m_plan);
        m_before = std::move(*before);
        return {};
    }

    Result<void> storeAndRead()
    {
        std::vector<int> chosen;
        for (const AddItem& item : m_plan.items) {
            if (item.verdict == AddVerdict::add) {
                chosen.push_back(item.id);
            }
        }
        if (!m_session && chosen.empty()) {
            return {};
        }
        if (!m_session) {
            if (auto made = openSession(); !made) {
                return made;
            }
        }
        auto added = m_session->store(m_plan, chosen);
        if (!added) {
            return tl::unexpected(added.error());
        }
        for (std::size_t i = 0; i < chosen.size(); ++i) {
            m_addedAs[chosen[i]] = (*added)[i];
        }
        ReadingObserver observer;
        observer.progress = [this](const ReadingProgress& progress) {
            m_context.console.progress(progressWords(progress));
        };
        auto done = m_session->read(observer, m_context.stop);
        m_context.console.endProgress();
        if (!done && done.error().code == ErrorCode::cancelled) {
            if (auto marked = m_session->markUnread(storage::SourceState::stopped); !marked) {
                return marked;
            }
        }
        return done;
    }

    /// What each item has become, from the session file rather than from what was meant to happen.
    Result<void> gather()
    {
        auto after = m_session ? m_session->snapshot() : m_before;
        if (!after) {
            return tl::unexpected(after.error());
        }
        const auto source = [&after](storage::SourceId id) {
            return *std::find_if(after->sources.begin(), after->sources.end(),
                                 [id](const auto& one) { return one.id == id; });
        };
        for (const AddItem& item : m_plan.items) {
            Outcome outcome{&item, std::nullopt, false};
            if (const auto added = m_addedAs.find(item.id); added != m_addedAs.end()) {
                outcome.source = source(added->second);
            } else if (item.sourceId) {
                outcome.source = source(*item.sourceId);
                outcome.wasThere = true;
            }
            m_outcomes.push_back(std::move(outcome));
        }
        m_tokensRead = m_session ? m_session->sourceTokens() : 0;
        return {};
    }

    [[nodiscard]] bool wasUnread(storage::SourceId id) const
    {
        return std::any_of(m_before.sources.begin(), m_before.sources.end(),
                           [id](const auto& one) { return one.id == id && isUnread(one); });
    }

    [[nodiscard]] Json outcomeJson(const Outcome& outcome) const
    {
        if (!outcome.source) {
            return toJson(*outcome.item);
        }
        Json json = toJson(*outcome.source, {});
        json["path"] = outcome.item->path.string();
        if (outcome.wasThere && wasUnread(outcome.source->id)) {
            json["reason"] = "already in the session, read on from where it stopped";
        } else if (outcome.wasThere) {
            json["state"] = "present";
            json["reason"] = outcome.item->reason;
        } else if (!outcome.item->reason.empty()) {
            json["reason"] = outcome.item->reason;
        }
        return json;
    }

    void printJson() const
    {
        Json documents = Json::array();
        for (const Outcome& outcome : m_outcomes) {
            documents.push_back(outcomeJson(outcome));
        }
        m_context.console.writeLine(dump(Json{{"documents", std::move(documents)},
                                              {"tokens_total", m_tokensRead},
                                              {"seconds", seconds()}}));
    }

    void printPlain() const
    {
        for (const Outcome& outcome : m_outcomes) {
            const Json json = outcomeJson(outcome);
            const std::string state = json["state"];
            const std::string reason = json["reason"];
            std::string line = fmt::format("{:<8} {}", state, outcome.item->path.string());
            if (outcome.source) {
                const storage::Source& source = *outcome.source;
                line += fmt::format("  {} tokens", withThousands(source.tokenCount.value_or(0)));
                line += source.pageCount > 0 ? fmt::format(", {} pages", source.pageCount) : "";
            }
            m_context.console.writeLine(line + (reason.empty() ? "" : "  (" + reason + ")"));
        }
        m_context.console.writeLine(fmt::format("{} of {} tokens used. {:.1f} s.",
                                                withThousands(m_tokensRead),
                                                withThousands(kSessionTokens), seconds()));
    }

    [[nodiscard]] double seconds() const
    {
        return std::chrono::duration<double>(std::chrono::steady_clock::now() - m_begin).count();
    }

    /// A file that the person named and that could not be added; what a folder leaves out by its
    /// rules is listed and no error.
    [[nodiscard]] bool hasBadArguments() const
    {
        bool bad = false;
        for (const AddItem& item : m_plan.items) {
            const bool refused = item.verdict == AddVerdict::failed ||
                                 item.verdict == AddVerdict::needsPassword ||
                                 item.verdict == AddVerdict::tooMuch;
            if (refused && (item.folder.empty() || item.verdict == AddVerdict::tooMuch)) {
                bad = true;
                m_context.console.error({ErrorCode::badInput, item.reason});
            }
        }
        return bad;
    }

    const CommandContext& m_context;
    std::chrono::steady_clock::time_point m_begin;
    SessionArgument m_argument;
    std::unique_ptr<OpenSession> m_session; ///< none before a new session is made
    SessionSnapshot m_before;
    AddPlan m_plan;
    std::map<int, storage::SourceId> m_addedAs; ///< by item
    std::vector<Outcome> m_outcomes;
    std::uint64_t m_tokensRead = 0;
};

} // namespace

ExitCode runAdd(const CommandContext& context)
{
    return Addition(context).run();
}

} // namespace app
