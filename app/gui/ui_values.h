// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/answer.h"
#include "ui/error.h"
#include "ui/library_port.h"
#include "ui/session_port.h"
#include "ui/source.h"

#include "storage/session_library.h"
#include "storage/source.h"
#include "usecases/addition_plan.h"
#include "usecases/conversation.h"
#include "usecases/error.h"
#include "usecases/source_reader.h"
#include "usecases/text_search.h"

namespace app {

// The use cases' values as the window takes them. Pure; any thread.

[[nodiscard]] QString toQt(const std::string& text);
[[nodiscard]] QDateTime toQt(storage::Timestamp time);

[[nodiscard]] ui::Error toUi(const Error& error);
[[nodiscard]] ui::SourceFormat toUiFormat(const std::string& format);
[[nodiscard]] ui::Place toUi(const Place& place);
[[nodiscard]] ui::SearchHit toUi(const SearchHit& hit);
[[nodiscard]] ui::Citation toUi(const Citation& citation);
[[nodiscard]] ui::Source toUi(const storage::Source& source);
[[nodiscard]] ui::AddItem toUi(const AddItem& item);
[[nodiscard]] ui::SessionSummary toUi(const storage::LibraryEntry& entry);
/// For tokens from `position` on.
[[nodiscard]] ui::ReadingTime toUi(const ReadingPace& pace, std::uint64_t position);

/// The numbers in the text ("[1]") become the marks of the citations.
[[nodiscard]] ui::Answer toUi(const Exchange& exchange, const QString& id);

[[nodiscard]] QString sourceIdText(storage::SourceId id);
[[nodiscard]] storage::SourceId sourceIdFrom(const QString& text);

} // namespace app
