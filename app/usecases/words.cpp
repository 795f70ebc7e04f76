// SPDX-License-Identifier: GPL-3.0-or-later
#include "usecases/words.h"

#include <ctime>

#include <fmt/chrono.h>
#include <fmt/format.h>

namespace app {

std::string withThousands(std::uint64_t number)
{
    std::string digits = std::to_string(number);
    for (std::size_t place = digits.size(); place > 3;) {
        place -= 3;
        digits.insert(place, 1, ',');
    }
    return digits;
}

std::string aboutDuration(std::chrono::seconds duration)
{
    if (duration < std::chrono::seconds(60)) {
        return "less than a minute";
    }
    const auto minutes = (duration.count() + 30) / 60;
    if (minutes < 90) {
        return minutes == 1 ? "about a minute" : fmt::format("about {} minutes", minutes);
    }
    return fmt::format("about {} hours", (minutes + 30) / 60);
}

std::string dateAndTime(storage::Timestamp time)
{
    const std::time_t seconds =
        std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count();
    std::tm local{};
    localtime_r(&seconds, &local);
    return fmt::format("{:%Y-%m-%d %H:%M}", local);
}

std::string isoTime(storage::Timestamp time)
{
    const std::time_t seconds =
        std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count();
    std::tm utc{};
    gmtime_r(&seconds, &utc);
    return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", utc);
}

std::string folderName(const std::filesystem::path& folder)
{
    std::error_code error;
    std::filesystem::path path = std::filesystem::weakly_canonical(folder, error);
    if (path.filename().empty()) {
        path = path.parent_path();
    }
    return path.filename().empty() ? folder.string() : path.filename().string();
}

} // namespace app
