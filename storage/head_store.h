// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "sqlite/database.h"
#include "storage/session_info.h"

namespace storage {

/// The tables meta and value, and what a list of sessions shows. Throws Failure.
class HeadStore final
{
public:
    explicit HeadStore(Database& database) : m_database(database) {}

    void initialise(const NewSession& session);
    [[nodiscard]] SessionInfo info();
    /// All but the size of the file.
    [[nodiscard]] SessionSummary summary();
    void setTitle(std::string_view title);
    void setModel(const ModelIdentity& model);
    void touch(Timestamp at);

    void setValue(std::string_view name, std::string_view value);
    [[nodiscard]] std::optional<std::string> value(std::string_view name);

private:
    void setMeta(std::string_view name, std::string_view value);

    Database& m_database;
};

} // namespace storage
