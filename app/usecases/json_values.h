// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <span>
#include <string>

#include <nlohmann/json.hpp>

#include "storage/source.h"
#include "usecases/addition_plan.h"
#include "usecases/conversation.h"
#include "usecases/text_search.h"

namespace app {

// The program's values as scripts get them, in the order of the documented keys. Text that is no
// valid UTF-8 (a file's name can be) is written with U+FFFD.

using Json = nlohmann::ordered_json;

[[nodiscard]] Json toJson(const Citation& citation);
[[nodiscard]] Json toJson(const SearchHit& hit);
/// `all` of the session, to tell what was hidden from what a newer version replaced.
[[nodiscard]] Json toJson(const storage::Source& source, std::span<const storage::Source> all);
/// "ready", "waiting" ..., "hidden" where a person has hidden it, "replaced".
[[nodiscard]] std::string sourceStateWord(const storage::Source& source,
                                          std::span<const storage::Source> all);
/// The outcome of an addition: an item that became no source, or was one already.
[[nodiscard]] Json toJson(const AddItem& item);

/// "answered", "not_found", "cannot_do", "stopped", "failed".
[[nodiscard]] std::string exchangeStateName(storage::MessageState state);

/// One line per object where `compact`, else indented.
[[nodiscard]] std::string dump(const Json& json, bool compact = true);

} // namespace app
