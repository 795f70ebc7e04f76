// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "fake_ports.h"

namespace ui::test {

/// A library as a reader would have it after some weeks: two open worlds, a handbook and a
/// codebase. The handbook is a real PDF, made here, drawn by Poppler.
class DemoContent final
{
public:
    explicit DemoContent(FakeLibrary& library);

    [[nodiscard]] FakeSession* main() const { return m_main; }
    [[nodiscard]] FakeSession* fresh() const { return m_fresh; }
    [[nodiscard]] static AddPreview preview(int request);
    [[nodiscard]] static Answer foundAnswer();
    [[nodiscard]] static Answer notFoundAnswer();
    [[nodiscard]] static Answer cannotAnswer();
    void startReading();
    void makeAwkward(); ///< long names, other scripts, many files, a full session

private:
    void addHandbook();
    void addCode();
    void scriptAsking(FakeSession* session);

    FakeLibrary& m_library;
    FakeSession* m_main = nullptr;
    FakeSession* m_fresh = nullptr;
};

} // namespace ui::test
