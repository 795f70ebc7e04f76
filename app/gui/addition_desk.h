// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <vector>

#include <QObject>
#include <QStringList>

#include "gui/job_thread.h"
#include "usecases/addition_plan.h"
#include "usecases/model_provider.h"

namespace app {

/// Looks at what a reader wants to add, on a thread of its own, and keeps the plans until they are
/// confirmed or cancelled.
///
/// Thread rule: lives in the GUI thread; signals come queued, in the GUI thread.
class AdditionDesk final : public QObject
{
    Q_OBJECT
public:
    AdditionDesk(std::shared_ptr<ModelProvider> models, QObject* parent);
    ~AdditionDesk() override;

    /// As SessionWorker.
    void close(std::function<void()> closed) { m_thread.end({}, this, std::move(closed)); }

    /// Answered by planned or planFailed, with progressed before.
    [[nodiscard]] int plan(const QStringList& paths, const SessionSnapshot& session);
    /// Answered by itemChanged.
    void unlock(int request, int itemId, const QString& password);
    /// Hands a plan over and forgets it; null for one that is not there.
    [[nodiscard]] std::shared_ptr<const AddPlan> take(int request);
    void cancel(int request);

Q_SIGNALS:
    void progressed(int request, int filesSeen);
    void planned(int request, const std::shared_ptr<const app::AddPlan>& plan);
    void planFailed(int request, const app::Error& error);
    void itemChanged(int request, const app::AddItem& item);

private:
    void keep(int request, const std::shared_ptr<AddPlan>& plan);
    void replace(int request, const AddItem& item);

    std::shared_ptr<ModelProvider> m_models;
    int m_lastRequest = 0;
    int m_running = 0; ///< the request that is being planned
    std::map<int, std::shared_ptr<AddPlan>> m_plans;
    JobThread m_thread;
};

} // namespace app
