// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <vector>

#include "ui/answer.h"
#include "usecases/conversation.h"

namespace app {

/// One session's conversation as the window sees it: every branch, and the answers of the branch
/// that is shown. A question that is not stored yet has numbers below 0 for its messages.
///
/// Thread rule: the GUI thread. Nothing in it touches the session file.
class AnswerTree
{
public:
    /// A question that has just been asked, and what the worker needs to answer it.
    struct Begun
    {
        ui::Answer answer;
        AskPlace place;
        storage::MessageId questionId = 0;
        storage::MessageId answerId = 0;
        std::vector<answering::Turn> earlier;
    };

    explicit AnswerTree(const Conversation& conversation);

    [[nodiscard]] const QList<ui::Answer>& shown() const { return m_shown; }
    [[nodiscard]] const Branches& branches() const { return m_branches; }

    /// `followsId` is an answer's id; empty: the question begins the conversation.
    [[nodiscard]] Begun ask(const QString& question, const QString& followsId);
    [[nodiscard]] Begun edit(const QString& answerId, const QString& question);
    [[nodiscard]] Begun again(const QString& answerId);
    /// Takes over what has become of an answer; its place in the tree stays.
    void update(const ui::Answer& answer);
    /// The messages of a begun question have been stored under these numbers.
    void stored(const Begun& begun, storage::MessageId questionId, storage::MessageId answerId);
    /// False where there is no such version.
    [[nodiscard]] bool show(const QString& answerId, ui::EntryPart part, int by);

private:
    struct Entry
    {
        ui::Answer answer;
        storage::MessageId questionId = 0;
        storage::MessageId answerId = 0; ///< 0: none
    };

    [[nodiscard]] const Entry* find(const QString& answerId) const;
    [[nodiscard]] Entry* findMessage(storage::MessageId id);
    [[nodiscard]] Begun begin(const QString& question, const AskPlace& place);
    [[nodiscard]] std::vector<answering::Turn>
    earlierTurns(const std::optional<storage::MessageId>& follows);
    void refresh();

    std::vector<Entry> m_entries; ///< of all branches, in the order of asking
    Branches m_branches;
    QList<ui::Answer> m_shown;
    storage::MessageId m_lastNumber = 0; ///< falls
};

} // namespace app
