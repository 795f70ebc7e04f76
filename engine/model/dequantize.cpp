// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/weights.h"

namespace engine {

void dequantizeRow(const TensorView& weight, const TensorView* scale, std::size_t row,
                   std::span<float> out)
{
    const StoredRows rows = storedRows(weight, scale, row, 1, out.size());
    decodeRow(rows.type, rows.row(0), 0, out);
}

} // namespace engine
