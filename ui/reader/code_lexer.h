// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "reader/code_language.h"

namespace ui {

enum class TokenKind
{
    comment,
    string,
    number,
    keyword,
    type,
    directive,
    heading, ///< Markdown
};

struct CodeToken
{
    int begin = 0; ///< QString positions within the line
    int length = 0;
    TokenKind kind = TokenKind::comment;
};

/// What a line inherits: 0 nothing, 1 an open block comment (or code fence), 2 + i an open
/// multilineQuotes[i].
using LineState = int;

/// Cuts one line into tokens. With `tokens` null only the state is followed, which is much quicker:
/// that is how a jump into the middle of a long file stays cheap.
[[nodiscard]] LineState lexLine(const CodeLanguage& language, const QString& line, LineState before,
                                std::vector<CodeToken>* tokens);

} // namespace ui
