// SPDX-License-Identifier: GPL-3.0-or-later
#include "ingest/document.h"

namespace ingest {

std::string_view formatName(Format format)
{
    switch (format) {
    case Format::pdf:
        return "pdf";
    case Format::plainText:
        return "text";
    case Format::markdown:
        return "markdown";
    case Format::sourceCode:
        return "code";
    }
    return "unknown";
}

} // namespace ingest
