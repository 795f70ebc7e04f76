// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QString>
#include <QVector>

#include "typesetter.h"

namespace samples {

/// Adds what QPdfWriter cannot write: the outline and the printed page labels (the cover has its
/// name, numbers begin after it). Takes out what differs from build to build (dates, random ids),
/// so that the same source gives the same bytes. Throws what libqpdf throws.
void writeFinishedPdf(const QByteArray& pdf, const QVector<OutlineEntry>& outline,
                      const QString& path);

} // namespace samples
