// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/answer.h"
#include "ui/source.h"

#include <QString>

namespace ui {

// The sentences that more than one view shows, so that they read the same everywhere.

[[nodiscard]] QString numberText(qint64 number);           ///< "812,406"
[[nodiscard]] QString tokensText(qint64 tokens);           ///< "812,406 tokens", "" below zero
[[nodiscard]] QString percentText(qint64 part, qint64 of); ///< "41 %"
[[nodiscard]] QString bytesText(qint64 bytes);             ///< "14.5 MB"
[[nodiscard]] QString aboutDuration(int seconds);          ///< "about 14 minutes"
[[nodiscard]] QString secondsText(qint64 milliseconds);    ///< "2.4 s"
[[nodiscard]] QString timeText(const QTime& time);         ///< "14:02", never with seconds
[[nodiscard]] QString whenText(const QDateTime& when, const QDateTime& now); ///< "14:02", "3 May"

[[nodiscard]] QString placeText(const Place& place);      ///< "p. 27 (41 of 654)", "lines 41–57"
[[nodiscard]] QString referenceText(const Place& place);  ///< "Moby-Dick, p. 27"
[[nodiscard]] QString shortReference(const Place& place); ///< for chips: the title cut short
[[nodiscard]] QString citationStateText(const Citation& citation); ///< "Exact quote"
[[nodiscard]] QString citationStateIcon(CitationState state);
[[nodiscard]] QString quoteWithReference(const Citation& citation); ///< for the clipboard

[[nodiscard]] QString readInFullText(const Answer& answer);
[[nodiscard]] QString answerHeadline(const Answer& answer); ///< "3 sources, all exact quotes"
[[nodiscard]] QString answerAsText(const Answer& answer, bool withSources);

[[nodiscard]] QString sourceStateText(const Source& source); ///< icon goes beside it
[[nodiscard]] QString sourceStateIcon(SourceState state);    ///< "" for ready
[[nodiscard]] QString formatIcon(SourceFormat format);
[[nodiscard]] QString formatText(SourceFormat format);
[[nodiscard]] QString sourceTip(const Source& source); ///< plain lines for a tooltip

/// What is used beyond the sources that were read: conversations take no room.
[[nodiscard]] QString otherTokensText(const QList<Source>& sources);
/// "Nothing has to be read again." or what later sources cost.
[[nodiscard]] QString removalText(const RemovalCost& cost);
[[nodiscard]] QString readingText(const ReadingProgress& progress);   ///< the banner's first line
[[nodiscard]] QString readingDetail(const ReadingProgress& progress); ///< and its second

/// One line: white space runs become one space, cut at a word with an ellipsis.
[[nodiscard]] QString oneLine(const QString& text, int maxChars);

} // namespace ui
