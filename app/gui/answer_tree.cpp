// SPDX-License-Identifier: GPL-3.0-or-later
#include "gui/answer_tree.h"

#include <algorithm>

#include "gui/ui_values.h"

namespace app {

namespace {

using storage::MessageId;
using storage::MessageRole;

ui::Version toUi(const Version& version)
{
    return {static_cast<int>(version.number), static_cast<int>(version.count)};
}

} // namespace

AnswerTree::AnswerTree(const Conversation& conversation) : m_branches(conversation.branches)
{
    for (const Exchange& exchange : conversation.exchanges) {
        const QString id = QStringLiteral("a%1").arg(m_entries.size() + 1);
        m_entries.push_back({app::toUi(exchange, id), exchange.questionId, exchange.answerId});
    }
    refresh();
}

const AnswerTree::Entry* AnswerTree::find(const QString& answerId) const
{
    const auto found = std::find_if(m_entries.begin(), m_entries.end(),
                                    [&](const Entry& one) { return one.answer.id == answerId; });
    return found == m_entries.end() ? nullptr : &*found;
}

AnswerTree::Entry* AnswerTree::findMessage(MessageId id)
{
    const auto found = std::find_if(m_entries.begin(), m_entries.end(), [id](const Entry& one) {
        return one.questionId == id || one.answerId == id;
    });
    return found == m_entries.end() ? nullptr : &*found;
}

AnswerTree::Begun AnswerTree::ask(const QString& question, const QString& followsId)
{
    AskPlace place;
    if (const Entry* before = find(followsId)) {
        place.follows = before->answerId != 0 ? before->answerId : before->questionId;
    }
    return begin(question, place);
}

AnswerTree::Begun AnswerTree::edit(const QString& answerId, const QString& question)
{
    AskPlace place;
    if (const Entry* edited = find(answerId)) {
        place.follows = m_branches.node(edited->questionId).parent;
    }
    return begin(question, place);
}

AnswerTree::Begun AnswerTree::again(const QString& answerId)
{
    const Entry* entry = find(answerId);
    if (entry == nullptr) {
        return {};
    }
    if (entry->questionId < 0) { // it failed, and was not stored
        return edit(answerId, entry->answer.question);
    }
    return begin(entry->answer.question,
                 {m_branches.node(entry->questionId).parent, entry->questionId});
}

AnswerTree::Begun AnswerTree::begin(const QString& question, const AskPlace& place)
{
    Begun begun;
    begun.place = place;
    begun.earlier = earlierTurns(place.follows);
    begun.questionId = place.again ? *place.again : --m_lastNumber;
    begun.answerId = --m_lastNumber;
    if (!place.again) {
        m_branches.add({begun.questionId, place.follows, MessageRole::user});
    }
    m_branches.add({begun.answerId, begun.questionId, MessageRole::assistant});
    ui::Answer answer;
    answer.id = QStringLiteral("a%1").arg(m_entries.size() + 1);
    answer.question = question;
    answer.askedAt = QDateTime::currentDateTime();
    m_entries.push_back({answer, begun.questionId, begun.answerId});
    refresh();
    begun.answer = m_shown.back();
    return begun;
}

void AnswerTree::update(const ui::Answer& answer)
{
    for (Entry& entry : m_entries) {
        if (entry.answer.id == answer.id) {
            entry.answer = answer;
        }
    }
    for (ui::Answer& shown : m_shown) {
        if (shown.id == answer.id) {
            const ui::Answer before = shown;
            shown = answer;
            shown.follows = before.follows;
            shown.questionVersion = before.questionVersion;
            shown.answerVersion = before.answerVersion;
        }
    }
}

void AnswerTree::stored(const Begun& begun, MessageId questionId, MessageId answerId)
{
    for (Entry& entry : m_entries) {
        entry.questionId = entry.questionId == begun.questionId ? questionId : entry.questionId;
        entry.answerId = entry.answerId == begun.answerId ? answerId : entry.answerId;
    }
    m_branches.renumber(begun.questionId, questionId);
    m_branches.renumber(begun.answerId, answerId);
}

bool AnswerTree::show(const QString& answerId, ui::EntryPart part, int by)
{
    const Entry* entry = find(answerId);
    if (entry == nullptr) {
        return false;
    }
    const MessageId of = part == ui::EntryPart::question || entry->answerId == 0 ? entry->questionId
                                                                                 : entry->answerId;
    const auto wanted = m_branches.sibling(of, by);
    if (wanted) {
        m_branches.choose(*wanted);
        refresh();
    }
    return wanted.has_value();
}

std::vector<answering::Turn> AnswerTree::earlierTurns(const std::optional<MessageId>& follows)
{
    constexpr std::size_t kTurns = 2;
    std::vector<answering::Turn> turns;
    std::optional<MessageId> at = follows;
    while (at && turns.size() < kTurns) {
        const Entry* entry = findMessage(*at);
        if (entry == nullptr) {
            break;
        }
        const bool said = entry->answer.state == ui::AnswerState::found;
        turns.push_back({entry->answer.question.toStdString(),
                         said ? entry->answer.text.toStdString() : std::string()});
        at = m_branches.node(entry->questionId).parent;
    }
    std::reverse(turns.begin(), turns.end());
    return turns;
}

void AnswerTree::refresh()
{
    m_shown.clear();
    QString before;
    for (const MessageId id : m_branches.path()) {
        const bool isAnswer = m_branches.node(id).role == MessageRole::assistant;
        const Entry* entry = findMessage(id);
        const bool completes = isAnswer && !m_shown.isEmpty() && entry != nullptr &&
                               m_branches.node(id).parent == entry->questionId;
        if (entry == nullptr) {
            continue;
        }
        if (completes) {
            // Found by its question, the entry may have been that of another answer to it.
            const ui::Version question = m_shown.back().questionVersion;
            const QString follows = m_shown.back().follows;
            m_shown.back() = entry->answer;
            m_shown.back().questionVersion = question;
            m_shown.back().follows = follows;
            m_shown.back().answerVersion = toUi(m_branches.version(id));
        } else {
            before = m_shown.isEmpty() ? QString() : m_shown.back().id;
            m_shown.append(entry->answer);
            m_shown.back().follows = before;
            m_shown.back().questionVersion = toUi(m_branches.version(id));
        }
    }
}

} // namespace app
