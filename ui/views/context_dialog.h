// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/session_port.h"

#include <QDialog>

namespace ui {

/// "What the model has read": each source with its tokens and share.
class ContextDialog final : public QDialog
{
    Q_OBJECT
public:
    ContextDialog(const SessionStatus& status, const QList<Source>& sources,
                  QWidget* parent = nullptr);
};

} // namespace ui
