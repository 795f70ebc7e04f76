// SPDX-License-Identifier: GPL-3.0-or-later
#include "answering/passage_reader.h"

#include <utility>

#include <fmt/format.h>

namespace answering {

namespace {

tl::unexpected<Error> fromEngine(const engine::Error& error)
{
    const auto code =
        error.code == engine::ErrorCode::cancelled ? ErrorCode::cancelled : ErrorCode::model;
    return fail(code, error.message);
}

class EngineSequence final : public TokenSequence
{
public:
    explicit EngineSequence(std::unique_ptr<engine::Session> session)
        : m_session(std::move(session))
    {
    }

    void clear() override { m_session->clear(); }

    Result<void> append(std::span<const engine::TokenId> tokens,
                        const std::stop_token& stop) override
    {
        if (const auto read = m_session->append(tokens, stop); !read) {
            return fromEngine(read.error());
        }
        return {};
    }

    Result<std::span<const float>> logits() override
    {
        const auto logits = m_session->logits();
        if (!logits) {
            return fromEngine(logits.error());
        }
        return *logits;
    }

    Result<engine::IndexQuery> indexQuery() const override
    {
        auto query = m_session->indexQuery();
        if (!query) {
            return fromEngine(query.error());
        }
        return std::move(*query);
    }

private:
    std::unique_ptr<engine::Session> m_session;
};

} // namespace

Result<std::unique_ptr<TokenSequence>>
makeEngineSequence(std::shared_ptr<const engine::Model> model, unsigned threads)
{
    const auto options = engine::SessionOptions::forModel(model->config(), threads);
    auto session = engine::Session::create(std::move(model), options);
    if (!session) {
        return fromEngine(session.error());
    }
    return std::make_unique<EngineSequence>(std::move(*session));
}

} // namespace answering
