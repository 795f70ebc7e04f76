// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <vector>

#include "usecases/error.h"

namespace app {

/// Where sessions are kept unless the user says otherwise: $XDG_DATA_HOME/lectern/sessions.
[[nodiscard]] std::filesystem::path defaultLibrary();

/// $XDG_STATE_HOME/lectern/lectern.log. The folder is made by whoever opens the file.
[[nodiscard]] std::filesystem::path logFile();

/// The folder of the running program's own file, links resolved.
[[nodiscard]] std::filesystem::path programFolder();

/// The model's folder: `wanted` (an option) if not empty, else the variable LECTERN_MODEL, else
/// share/lectern/model beside the installed program, else resources/model where the program runs
/// from the folder it was built in.
///
/// A GGUF file, or a folder with one, is a model too.
///
/// Errors: badInput when what was asked for is neither; failed when nothing
/// was asked for and no model is installed. The message lists every place that was looked at.
[[nodiscard]] Result<std::filesystem::path> findModel(const std::filesystem::path& wanted = {});

/// Whether `folder` is the model that comes with the program.
[[nodiscard]] bool isBuiltInModel(const std::filesystem::path& folder);

/// The sample documents that come with the program: its PDF files in share/lectern/samples, or
/// those that the build made. Empty when there are none.
[[nodiscard]] std::vector<std::filesystem::path> findSamples();

} // namespace app
