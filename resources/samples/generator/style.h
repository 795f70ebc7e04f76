// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QColor>
#include <QFont>

namespace samples {

inline constexpr QColor kInk{29, 45, 68};
inline constexpr QColor kQuietInk{98, 114, 133};
inline constexpr QColor kSea{216, 228, 236};
inline constexpr QColor kDeepSea{126, 160, 183};
inline constexpr QColor kStone{236, 231, 222};
inline constexpr QColor kLight{244, 196, 72};
inline constexpr QColor kSignal{190, 74, 53};

/// Unhinted, so that the lines break at the same words whatever the output's resolution is.
[[nodiscard]] inline QFont sansFont()
{
    QFont font;
    font.setFamilies({QStringLiteral("Noto Sans"), QStringLiteral("DejaVu Sans")});
    font.setHintingPreference(QFont::PreferNoHinting);
    return font;
}

[[nodiscard]] inline QFont serifFont()
{
    QFont font;
    font.setFamilies({QStringLiteral("Noto Serif"), QStringLiteral("DejaVu Serif")});
    font.setHintingPreference(QFont::PreferNoHinting);
    return font;
}

} // namespace samples
