// SPDX-License-Identifier: GPL-3.0-or-later
#include "ignore_rules.h"

#include <algorithm>
#include <cstdlib>
#include <mutex>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <git2.h>

#include "unicode.h"

namespace ingest {

namespace {

/// Started once for the process: its settings are global and have no lock.
void startGitLibrary()
{
    static std::once_flag started;
    std::call_once(started, [] {
        git_libgit2_init();
        for (const int level : {GIT_CONFIG_LEVEL_PROGRAMDATA, GIT_CONFIG_LEVEL_SYSTEM,
                                GIT_CONFIG_LEVEL_XDG, GIT_CONFIG_LEVEL_GLOBAL})
            git_libgit2_opts(GIT_OPT_SET_SEARCH_PATH, level, "");
    });
}

class ScratchFolder final
{
public:
    ScratchFolder()
    {
        std::error_code failed;
        std::string name =
            (std::filesystem::temp_directory_path(failed) / "lectern-ignore-XXXXXX").string();
        if (!failed && ::mkdtemp(name.data()) != nullptr)
            m_path = name;
    }
    ~ScratchFolder()
    {
        std::error_code ignored;
        if (!m_path.empty())
            std::filesystem::remove_all(m_path, ignored);
    }
    ScratchFolder(const ScratchFolder&) = delete;
    ScratchFolder& operator=(const ScratchFolder&) = delete;
    [[nodiscard]] const std::filesystem::path& path() const { return m_path; }

private:
    std::filesystem::path m_path;
};

bool isPatternSign(char byte)
{
    return byte == '*' || byte == '?' || byte == '[' || byte == '\\';
}

std::string escaped(std::string_view name)
{
    std::string result;
    for (const char byte : name) {
        if (isPatternSign(byte) || byte == ' ' || byte == '!' || byte == '#')
            result += '\\';
        result += byte;
    }
    return result;
}

/// Without a comment, a line end, and spaces at its end that are not escaped.
std::string_view bareRule(std::string_view line)
{
    if (!line.empty() && line.back() == '\r')
        line.remove_suffix(1);
    if (line.starts_with('#'))
        return {};
    while (!line.empty() && (line.back() == ' ' || line.back() == '\t')) {
        if (line.size() >= 2 && line[line.size() - 2] == '\\')
            break;
        line.remove_suffix(1);
    }
    return line;
}

/// libgit2 1.5 drops a negation without wildcards when it does not see which rule it negates, and
/// it looks only at rules of the same folder. A letter in brackets means the same and is kept.
std::string asWildcard(std::string pattern)
{
    for (std::size_t i = 0; i < pattern.size(); ++i) {
        if (pattern[i] == '\\')
            ++i;
        else if (isPatternSign(pattern[i]))
            return pattern;
    }
    for (std::size_t i = 0; i < pattern.size(); ++i) {
        if (pattern[i] == '\\')
            ++i;
        else if (isAsciiLetter(pattern[i]) || isAsciiDigit(pattern[i]))
            return pattern.substr(0, i) + "[" + pattern[i] + "]" + pattern.substr(i + 1);
    }
    return pattern;
}

/// One line of a folder's .gitignore as a line of the root's; empty when it holds no rule.
std::string rootedRule(const std::string& folder, std::string_view line)
{
    std::string_view rule = bareRule(line);
    const bool negates = rule.starts_with('!');
    if (negates)
        rule.remove_prefix(1);
    if (rule.empty() || rule == "/")
        return {};
    // "\#name" and "\!name" need their escape at the begin of a line only.
    const std::size_t slash = rule.find('/');
    const bool isAnchored = slash != std::string_view::npos && slash + 1 < rule.size();
    if (rule.starts_with('/'))
        rule.remove_prefix(1);
    std::string pattern;
    if (!folder.empty())
        pattern = "/" + escaped(folder) + "/";
    else if (isAnchored)
        pattern = "/";
    if (!isAnchored && !folder.empty())
        pattern += "**/";
    pattern += rule;
    return (negates ? "!" + asWildcard(std::move(pattern)) : std::move(pattern)) + "\n";
}

using Repository = std::unique_ptr<git_repository, void (*)(git_repository*)>;

} // namespace

struct IgnoreRules::Impl
{
    ScratchFolder scratch;
    Repository repository{nullptr, git_repository_free};
    std::vector<std::string> levels; ///< rules of each push()
};

IgnoreRules::IgnoreRules(std::unique_ptr<Impl> impl) : m_impl(std::move(impl)) {}
IgnoreRules::~IgnoreRules() = default;
IgnoreRules::IgnoreRules(IgnoreRules&&) noexcept = default;
IgnoreRules& IgnoreRules::operator=(IgnoreRules&&) noexcept = default;

Result<IgnoreRules> IgnoreRules::create(const std::filesystem::path& root)
{
    startGitLibrary();
    auto impl = std::make_unique<Impl>();
    git_repository* repository = nullptr;
    const bool made = !impl->scratch.path().empty() &&
                      git_repository_init(&repository, impl->scratch.path().c_str(), 1) == 0;
    impl->repository.reset(repository);
    // The work tree tells files from folders; the last argument keeps libgit2 from writing there.
    if (!made || git_repository_set_workdir(repository, root.c_str(), 0) != 0) {
        const git_error* const error = git_error_last();
        return fail(ErrorCode::io,
                    fmt::format("no scratch repository could be made for ignore rules: {}",
                                error != nullptr ? error->message : "no temporary folder"));
    }
    return IgnoreRules(std::move(impl));
}

void IgnoreRules::push(const std::string& folder, const std::string& lines)
{
    std::string rules;
    // A folder's name with a line end in it cannot be written as a rule.
    const bool writable = folder.find('\n') == std::string::npos;
    for (std::size_t at = 0; writable && at < lines.size();) {
        const std::size_t end = std::min(lines.find('\n', at), lines.size());
        rules += rootedRule(folder, std::string_view(lines).substr(at, end - at));
        at = end + 1;
    }
    if (!rules.empty())
        git_ignore_add_rule(m_impl->repository.get(), rules.c_str());
    m_impl->levels.push_back(std::move(rules));
}

void IgnoreRules::pop()
{
    const bool hadRules = !m_impl->levels.back().empty();
    m_impl->levels.pop_back();
    if (!hadRules)
        return;
    git_ignore_clear_internal_rules(m_impl->repository.get());
    for (const std::string& rules : m_impl->levels) {
        if (!rules.empty())
            git_ignore_add_rule(m_impl->repository.get(), rules.c_str());
    }
}

bool IgnoreRules::isIgnored(const std::string& path) const
{
    int ignored = 0;
    return git_ignore_path_is_ignored(&ignored, m_impl->repository.get(), path.c_str()) == 0 &&
           ignored != 0;
}

} // namespace ingest
