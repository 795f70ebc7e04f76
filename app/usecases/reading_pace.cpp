// SPDX-License-Identifier: GPL-3.0-or-later
#include "usecases/reading_pace.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "usecases/error_mapping.h"

namespace app {

namespace {

constexpr std::string_view kPace = "reading.pace";
/// Of earlier versions: the speed at the end of the reading alone.
constexpr std::string_view kRate = "reading.tokens_per_second";

/// The number that `text` begins with, which is taken off; 0 if there is none that makes sense.
double takeNumber(std::string_view& text)
{
    double number = 0.0;
    const auto [at, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    text.remove_prefix(static_cast<std::size_t>(at - text.data()));
    text.remove_prefix(std::min(text.size(), text.find_first_not_of(' ')));
    return error == std::errc() && std::isfinite(number) && number > 0.0 ? number : 0.0;
}

} // namespace

double ReadingPace::work(std::uint64_t begin, std::uint64_t end) const
{
    const auto first = static_cast<double>(begin);
    const auto last = static_cast<double>(end);
    const double more = halvedAt > 0.0 ? (last * last - first * first) / (2.0 * halvedAt) : 0.0;
    return last - first + more;
}

std::optional<std::chrono::seconds> ReadingPace::timeFor(std::uint64_t begin,
                                                         std::uint64_t end) const
{
    if (perSecond <= 0.0) {
        return std::nullopt;
    }
    return std::chrono::seconds(std::llround(std::ceil(work(begin, end) / perSecond)));
}

Result<ReadingPace> measuredPace(storage::SessionFile& file)
{
    for (const std::string_view key : {kPace, kRate}) {
        const auto text = file.value(key);
        if (!text) {
            return passOn(text.error());
        }
        if (*text) {
            std::string_view rest = **text;
            ReadingPace pace;
            pace.perSecond = takeNumber(rest);
            pace.halvedAt = takeNumber(rest);
            return pace;
        }
    }
    return ReadingPace();
}

Result<void> rememberPace(storage::SessionFile& file, const ReadingPace& pace)
{
    const auto text = fmt::format("{:.1f} {:.0f}", pace.perSecond, pace.halvedAt);
    if (auto kept = file.setValue(kPace, text); !kept) {
        return passOn(kept.error());
    }
    return {};
}

} // namespace app
