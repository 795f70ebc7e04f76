// SPDX-License-Identifier: GPL-3.0-or-later
#include "message_store.h"

#include <set>

#include <fmt/format.h>

#include "sqlite/statement.h"

namespace storage {

namespace {

constexpr char kInsert[] =
    "INSERT INTO message (parent_id, role, state, created, model, text, details) "
    "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
constexpr char kInsertCitation[] =
    "INSERT INTO citation (message_id, rank, source_id, document, text_begin, text_end, quote, "
    "state, state_detail, role, page, page_label, line_begin, line_end, chapter, score, mark_at) "
    "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17)";
constexpr char kAll[] = "SELECT id, parent_id, role, state, created, model, text, details "
                        "FROM message ORDER BY id";
constexpr char kAllCitations[] =
    "SELECT message_id, rank, source_id, document, text_begin, text_end, quote, state, "
    "state_detail, role, page, page_label, line_begin, line_end, chapter, score, mark_at "
    "FROM citation ORDER BY message_id, rank";
constexpr char kExists[] = "SELECT (SELECT count(*) FROM message WHERE id = ?1), "
                           "(SELECT count(*) FROM source WHERE id = ?2)";

Message messageFrom(const Statement& row)
{
    Message message;
    message.id = row.integer(0);
    message.parent = row.optional(1, [&row](int column) { return row.integer(column); });
    message.role = row.enumeration(2, MessageRole::assistant);
    message.state = row.enumeration(3, MessageState::failed);
    message.created = row.time(4);
    message.modelName = row.text(5);
    message.text = row.text(6);
    message.details = row.text(7);
    return message;
}

Citation citationFrom(const Statement& row)
{
    const auto small = [&row](int column) { return row.count<std::uint32_t>(column); };
    Citation citation;
    citation.rank = small(1);
    citation.sourceId = row.optional(2, [&row](int column) { return row.integer(column); });
    citation.document = row.text(3);
    citation.text = {row.count(4), row.count(5)};
    citation.quote = row.text(6);
    citation.state = row.enumeration(7, CitationState::missing);
    citation.stateDetail = row.text(8);
    citation.role = row.enumeration(9, CitationRole::literalMatch);
    citation.page = row.optional(10, small);
    citation.pageLabel = row.text(11);
    citation.lineBegin = row.optional(12, small);
    citation.lineEnd = row.optional(13, small);
    citation.chapter = row.text(14);
    citation.score = row.real(15);
    citation.markAt = row.optional(16, [&row](int column) { return row.count(column); });
    return citation;
}

} // namespace

void MessageStore::requireSound(const NewMessage& message)
{
    const std::string file = m_database.path().string();
    Statement exists(m_database, kExists);
    if (message.parent && exists.bind(*message.parent, 0).step() && exists.integer(0) == 0) {
        raise(ErrorCode::badInput,
              fmt::format("{}: wanted message {} to follow, found none", file, *message.parent));
    }
    std::set<std::uint32_t> ranks;
    for (const Citation& citation : message.citations) {
        if (!ranks.insert(citation.rank).second) {
            raise(ErrorCode::badInput,
                  fmt::format("{}: wanted citations with ranks of their own, found rank {} twice",
                              file, citation.rank));
        }
        if (citation.sourceId && exists.bind(0, *citation.sourceId).step() &&
            exists.integer(1) == 0) {
            raise(ErrorCode::badInput, fmt::format("{}: wanted source {} for citation {}, found "
                                                   "none",
                                                   file, *citation.sourceId, citation.rank));
        }
    }
}

MessageId MessageStore::add(const NewMessage& message)
{
    requireSound(message);
    Statement(m_database, kInsert)
        .bind(message.parent, message.role, message.state, now(), message.modelName, message.text,
              message.details)
        .run();
    const MessageId id = m_database.lastInsertId();
    Statement insert(m_database, kInsertCitation);
    for (const Citation& c : message.citations) {
        insert
            .bind(id, c.rank, c.sourceId, c.document, c.text.begin, c.text.end, c.quote, c.state,
                  c.stateDetail, c.role, c.page, c.pageLabel, c.lineBegin, c.lineEnd, c.chapter,
                  c.score, c.markAt)
            .run();
    }
    return id;
}

std::vector<Message> MessageStore::all()
{
    std::vector<Message> messages;
    Statement rows(m_database, kAll);
    while (rows.step())
        messages.push_back(messageFrom(rows));

    // Both lists ascend by message.
    std::size_t at = 0;
    Statement citations(m_database, kAllCitations);
    while (citations.step()) {
        while (at < messages.size() && messages[at].id < citations.integer(0))
            ++at;
        if (at < messages.size())
            messages[at].citations.push_back(citationFrom(citations));
    }
    return messages;
}

} // namespace storage
