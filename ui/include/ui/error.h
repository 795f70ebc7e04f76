// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QMetaType>
#include <QString>

namespace ui {

/// What went wrong, coarse enough for the window to choose the action that it offers.
enum class ErrorCode
{
    io,             ///< a file could not be read or written
    badInput,       ///< a file is not what it claims to be
    unsupported,    ///< well-formed, but this edition does not do it
    passwordNeeded, ///< the file is protected
    fileMissing,    ///< the original file is not there (the text that was read still is)
    busy,           ///< another process has the session open
    otherModel,     ///< the session was read with another model
    outOfMemory,
    cancelled,
    internal,
};

/// One plain sentence for the banner, and the facts for "Details". Both are plain text, never
/// markup.
struct Error
{
    ErrorCode code = ErrorCode::internal;
    QString message; ///< the cause in words that a reader knows, translated
    QString details; ///< file, wanted, found; may be empty
};

} // namespace ui

Q_DECLARE_METATYPE(ui::Error)
