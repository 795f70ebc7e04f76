// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/place.h"

#include <QDateTime>
#include <QList>

namespace ui {

/// What the check of a quotation against the stored text said.
enum class CitationState
{
    checking, ///< not compared yet: shown grey
    exact,    ///< the quote stands there word for word
    close,    ///< it stands there with small differences (`stateDetail` says which)
    moved,    ///< it stands elsewhere; `place` is where it really is
    missing,  ///< it is not in the source; nothing is highlighted
};

enum class CitationRole
{
    support,   ///< the answer rests on it
    alsoFound, ///< a passage that was located too
};

/// One numbered source of an answer. All strings are plain text and are shown as such.
struct Citation
{
    int number = 0; ///< 1-based and unique within the answer
    Place place;
    QString quote;
    QString before; ///< a little text around the quote for the hover card; may be empty
    QString after;
    CitationState state = CitationState::checking;
    QString stateDetail; ///< "2 words differ", "p. 43, not p. 41"; may be empty
    CitationRole role = CitationRole::support;
    double score = 0.0;
    int markAt = -1; ///< code points into Answer::text where the number stands; -1: listed only
};

/// A literal match of a search.
struct SearchHit
{
    Place place; ///< `range` is the match itself
    QString snippet;
    TextRange match; ///< within `snippet`, code points
};

enum class AnswerState
{
    running,
    found,
    notFound, ///< "Your sources do not seem to say this"; `places` are literal matches
    cannotDo, ///< the model at hand cannot do such a task; `text` says so, citations are passages
    stopped,  ///< by the user; what had come is kept
    failed,   ///< `text` is what had come, `failure` the reason
};

/// Which of several: "2 / 3".
struct Version
{
    int number = 1;
    int count = 1;

    friend bool operator==(const Version&, const Version&) = default;
};

/// The two halves of an entry; each may stand there in several versions.
enum class EntryPart
{
    question,
    answer,
};

/// A question and what was answered: one entry of the conversation, complete after finishing.
struct Answer
{
    QString id;      ///< unique within the session, stable over reopening
    QString follows; ///< id of the answer before it; empty: it begins the conversation
    QString question;
    Version questionVersion; ///< among the questions that follow the same answer
    Version answerVersion;   ///< among the answers to this question
    QDateTime askedAt;
    AnswerState state = AnswerState::running;
    QString text; ///< plain text; blank lines part paragraphs
    QList<Citation> citations;
    QList<SearchHit> places; ///< for notFound: the best literal matches
    QString searchTerms;     ///< for notFound: what to offer as a literal search
    QString failure;
    int sourcesRead = 0; ///< "Read in full: 3 sources, 812,406 tokens"
    qint64 tokensRead = 0;
    bool readInFull = true; ///< false when asked while sources were still being read
    qint64 firstTokenMs = -1;
    qint64 totalMs = -1;
    QString modelName;
};

} // namespace ui

Q_DECLARE_METATYPE(ui::Citation)
Q_DECLARE_METATYPE(ui::SearchHit)
Q_DECLARE_METATYPE(ui::Answer)
