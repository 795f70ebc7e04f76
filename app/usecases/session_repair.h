// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <stop_token>
#include <string>
#include <vector>

#include "storage/session_file.h"
#include "usecases/error.h"
#include "usecases/model_provider.h"

namespace app {

struct SessionRepair
{
    std::vector<std::string> notes; ///< a sentence for each damaged part, for the person
    std::uint64_t tokensReadAgain = 0;
    /// The timeline was cut: reading has to go on. Happens only where what is read again is not
    /// what it was, on another machine for example.
    bool wasCut = false;
};

/// Looks at every byte of a session and puts right what is not as it was written: rows by reading
/// the tokens from the newest checkpoint before them up to their end again, tokens from the text,
/// text from the tokens. What comes out is compared with the checksum of what was lost. Everything
/// else stays. No timeline may be open on the file.
[[nodiscard]] Result<SessionRepair> repairSession(storage::SessionFile& file,
                                                  const LoadedModel& model, unsigned threads,
                                                  const std::stop_token& stop);

} // namespace app
