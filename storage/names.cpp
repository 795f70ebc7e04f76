// SPDX-License-Identifier: GPL-3.0-or-later
#include <string_view>

#include "storage/message.h"
#include "storage/source.h"

namespace storage {

std::string_view sourceStateName(SourceState state)
{
    switch (state) {
    case SourceState::waiting:
        return "waiting";
    case SourceState::reading:
        return "reading";
    case SourceState::ready:
        return "ready";
    case SourceState::stopped:
        return "stopped";
    case SourceState::failed:
        return "failed";
    case SourceState::leftOut:
        return "left-out";
    case SourceState::missing:
        return "missing";
    case SourceState::changed:
        return "changed";
    }
    return "unknown";
}

std::string_view citationStateName(CitationState state)
{
    switch (state) {
    case CitationState::exact:
        return "exact";
    case CitationState::close:
        return "close";
    case CitationState::moved:
        return "moved";
    case CitationState::missing:
        return "missing";
    }
    return "unknown";
}

} // namespace storage
