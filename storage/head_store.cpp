// SPDX-License-Identifier: GPL-3.0-or-later
#include "head_store.h"

#include <charconv>
#include <map>

#include <fmt/format.h>

#include "migrations/migration.h"
#include "sqlite/statement.h"
#include "storage/message.h"
#include "storage/source.h"

namespace storage {

namespace {

constexpr char kSetMeta[] = "INSERT INTO meta (name, value) VALUES (?1, ?2) "
                            "ON CONFLICT (name) DO UPDATE SET value = excluded.value";
constexpr char kGetMeta[] = "SELECT name, value FROM meta ORDER BY name";
constexpr char kSetValue[] = "INSERT INTO value (name, value) VALUES (?1, ?2) "
                             "ON CONFLICT (name) DO UPDATE SET value = excluded.value";
constexpr char kGetValue[] = "SELECT value FROM value WHERE name = ?1";
constexpr char kSourceCounts[] =
    "SELECT count(*), coalesce(sum(token_count), 0) FROM source WHERE state <> ?1";
constexpr char kMessageCount[] = "SELECT count(*) FROM message";
constexpr char kLastQuestion[] =
    "SELECT text FROM message WHERE role = ?1 ORDER BY id DESC LIMIT 1";
constexpr char kTokensRead[] = "SELECT token_begin + token_count FROM token_block "
                               "WHERE segment_id = 1 ORDER BY token_begin DESC LIMIT 1";

std::string written(Timestamp time)
{
    return fmt::to_string(time.time_since_epoch().count());
}

Timestamp readTime(const std::string& text)
{
    std::int64_t milliseconds = 0;
    std::from_chars(text.data(), text.data() + text.size(), milliseconds);
    return Timestamp{std::chrono::milliseconds{milliseconds}};
}

} // namespace

void HeadStore::setMeta(std::string_view name, std::string_view value)
{
    Statement(m_database, kSetMeta).bind(name, value).run();
}

void HeadStore::initialise(const NewSession& session)
{
    const std::string time = written(now());
    setMeta("title", session.title);
    setMeta("created", time);
    setMeta("last_used", time);
    setMeta("program_version", session.programVersion);
    setModel(session.model);
}

void HeadStore::setModel(const ModelIdentity& model)
{
    setMeta("model_name", model.name);
    setMeta("model_fingerprint", model.fingerprint);
    setMeta("cache_format", model.cacheFormat);
    setMeta("numerics", model.numerics);
}

SessionInfo HeadStore::info()
{
    std::map<std::string, std::string, std::less<>> meta;
    Statement rows(m_database, kGetMeta);
    while (rows.step())
        meta.emplace(rows.text(0), rows.text(1));

    SessionInfo info;
    info.title = meta["title"];
    info.created = readTime(meta["created"]);
    info.lastUsed = readTime(meta["last_used"]);
    info.programVersion = meta["program_version"];
    info.schemaVersion = schemaVersion(m_database);
    info.model = {meta["model_name"], meta["model_fingerprint"], meta["cache_format"],
                  meta["numerics"]};
    return info;
}

SessionSummary HeadStore::summary()
{
    SessionSummary summary;
    summary.info = info();

    Statement sources(m_database, kSourceCounts);
    if (sources.bind(SourceState::leftOut).step()) {
        summary.sourceCount = sources.count(0);
        summary.tokensKnown = sources.count(1);
    }
    Statement messages(m_database, kMessageCount);
    if (messages.step())
        summary.messageCount = messages.count(0);
    Statement question(m_database, kLastQuestion);
    if (question.bind(MessageRole::user).step())
        summary.lastQuestion = question.text(0);
    Statement tokens(m_database, kTokensRead);
    if (tokens.step())
        summary.tokensRead = tokens.count(0);
    return summary;
}

void HeadStore::setTitle(std::string_view title)
{
    setMeta("title", title);
}

void HeadStore::touch(Timestamp at)
{
    setMeta("last_used", written(at));
}

void HeadStore::setValue(std::string_view name, std::string_view value)
{
    Statement(m_database, kSetValue).bind(name, value).run();
}

std::optional<std::string> HeadStore::value(std::string_view name)
{
    Statement row(m_database, kGetValue);
    if (!row.bind(name).step())
        return std::nullopt;
    return row.text(0);
}

} // namespace storage
