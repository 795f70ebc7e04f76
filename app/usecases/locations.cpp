// SPDX-License-Identifier: GPL-3.0-or-later
#include "usecases/locations.h"

#include <algorithm>
#include <cstdlib>
#include <string>
#include <system_error>
#include <vector>

#include <fmt/format.h>

#include "engine/model_tokenizer.h"

namespace app {
namespace fs = std::filesystem;

namespace {

std::string variable(const char* name)
{
    const char* value = std::getenv(name);
    return value == nullptr ? std::string() : std::string(value);
}

// The XDG rules: relative values are invalid and count as unset.
fs::path xdgFolder(const char* name, const char* belowHome)
{
    const fs::path value = variable(name);
    if (value.is_absolute()) {
        return value;
    }
    const fs::path home = variable("HOME");
    return (home.empty() ? fs::path("/") : home) / belowHome;
}

bool isFolder(const fs::path& path)
{
    std::error_code error;
    return fs::is_directory(path, error);
}

bool holdsModel(const fs::path& folder)
{
    std::error_code error;
    return fs::is_regular_file(folder / "config.json", error) ||
           fs::is_regular_file(engine::ggufAt(folder), error);
}

// Set by the build: a program inside its build folder may use the source tree's resources. An
// installed one lies elsewhere and never does.
bool runsFromBuildTree()
{
    std::error_code error;
    const fs::path build = fs::canonical(LECTERN_BUILD_TREE, error);
    if (error) {
        return false;
    }
    const fs::path relative = programFolder().lexically_relative(build);
    return !relative.empty() && *relative.begin() != "..";
}

// `inBuildTree` is where the same thing lies before it is installed.
std::vector<fs::path> resourceFolders(const char* name, const fs::path& inBuildTree)
{
    std::vector<fs::path> folders{programFolder().parent_path() / "share" / "lectern" / name};
    if (runsFromBuildTree()) {
        folders.push_back(inBuildTree);
    }
    return folders;
}

std::vector<fs::path> modelFolders()
{
    return resourceFolders("model", fs::path(LECTERN_SOURCE_TREE) / "resources" / "model");
}

} // namespace

fs::path defaultLibrary()
{
    return xdgFolder("XDG_DATA_HOME", ".local/share") / "lectern" / "sessions";
}

fs::path logFile()
{
    return xdgFolder("XDG_STATE_HOME", ".local/state") / "lectern" / "lectern.log";
}

fs::path programFolder()
{
    std::error_code error;
    const fs::path program = fs::read_symlink("/proc/self/exe", error);
    return error ? fs::current_path(error) : program.parent_path();
}

Result<fs::path> findModel(const fs::path& wanted)
{
    const std::string fromEnvironment = variable("LECTERN_MODEL");
    if (!wanted.empty() || !fromEnvironment.empty()) {
        const fs::path asked = wanted.empty() ? fs::path(fromEnvironment) : wanted;
        if (holdsModel(asked)) {
            return asked;
        }
        return fail(
            ErrorCode::badInput,
            fmt::format("{}: wanted a model's folder ({}), found {}", asked.string(),
                        wanted.empty() ? "LECTERN_MODEL names it" : "asked for by --model",
                        isFolder(asked) ? "no config.json and no GGUF in it" : "no such folder"));
    }
    std::string looked;
    for (const fs::path& folder : modelFolders()) {
        if (holdsModel(folder)) {
            return folder;
        }
        looked += fmt::format("\n  {}", folder.string());
    }
    return fail(ErrorCode::failed,
                fmt::format("no model is installed. Wanted a folder with config.json and "
                            "model.safetensors, looked in:{}\nName one with --model DIR or the "
                            "variable LECTERN_MODEL.",
                            looked));
}

bool isBuiltInModel(const fs::path& folder)
{
    for (const fs::path& builtIn : modelFolders()) {
        std::error_code error;
        if (fs::equivalent(folder, builtIn, error) && !error) {
            return true;
        }
    }
    return false;
}

std::vector<fs::path> findSamples()
{
    const fs::path built = fs::path(LECTERN_BUILD_TREE) / "resources" / "samples";
    std::vector<fs::path> samples;
    for (const fs::path& folder : resourceFolders("samples", built)) {
        std::error_code error;
        for (const fs::directory_entry& entry : fs::directory_iterator(folder, error)) {
            if (entry.path().extension() == ".pdf") {
                samples.push_back(entry.path());
            }
        }
        if (!samples.empty()) {
            break;
        }
    }
    std::sort(samples.begin(), samples.end());
    return samples;
}

} // namespace app
