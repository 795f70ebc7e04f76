// SPDX-License-Identifier: GPL-3.0-or-later
#include "gui/addition_desk.h"

#include <algorithm>
#include <chrono>
#include <utility>

namespace app {

namespace {

constexpr std::chrono::milliseconds kProgressStep{100};

std::vector<std::filesystem::path> pathsFrom(const QStringList& list)
{
    std::vector<std::filesystem::path> paths;
    for (const QString& path : list) {
        paths.emplace_back(path.toStdString());
    }
    return paths;
}

} // namespace

AdditionDesk::AdditionDesk(std::shared_ptr<ModelProvider> models, QObject* parent)
    : QObject(parent), m_models(std::move(models))
{
}

AdditionDesk::~AdditionDesk() = default;

int AdditionDesk::plan(const QStringList& paths, const SessionSnapshot& session)
{
    const int request = ++m_lastRequest;
    m_running = request;
    m_thread.post([this, request, paths = pathsFrom(paths), session](const std::stop_token& stop) {
        PlanOptions options;
        options.stop = stop;
        auto last = std::chrono::steady_clock::time_point();
        options.progress = [this, request, &last](std::size_t seen, const auto&) {
            const auto now = std::chrono::steady_clock::now();
            if (now - last >= kProgressStep) {
                last = now;
                QMetaObject::invokeMethod(
                    this,
                    [this, request, seen] { Q_EMIT progressed(request, static_cast<int>(seen)); },
                    Qt::QueuedConnection);
            }
        };
        auto model = m_models->get();
        auto plan = model ? planAddition(*model->tokenizer, paths, session, options)
                          : Result<AddPlan>(tl::unexpected(model.error()));
        if (!plan) {
            QMetaObject::invokeMethod(
                this, [this, request, error = plan.error()] { Q_EMIT planFailed(request, error); },
                Qt::QueuedConnection);
            return;
        }
        auto kept = std::make_shared<AddPlan>(std::move(*plan));
        QMetaObject::invokeMethod(
            this, [this, request, kept] { keep(request, kept); }, Qt::QueuedConnection);
    });
    return request;
}

void AdditionDesk::keep(int request, const std::shared_ptr<AddPlan>& plan)
{
    m_plans[request] = plan;
    Q_EMIT planned(request, plan);
}

void AdditionDesk::unlock(int request, int itemId, const QString& password)
{
    const auto plan = m_plans.find(request);
    if (plan == m_plans.end()) {
        return;
    }
    const auto& items = plan->second->items;
    const auto item = std::find_if(items.begin(), items.end(),
                                   [itemId](const auto& one) { return one.id == itemId; });
    if (item == items.end()) {
        return;
    }
    m_thread.post([this, request, copy = *item,
                   password = password.toStdString()](const std::stop_token&) mutable {
        if (const auto model = m_models->get()) {
            unlockItem(copy, *model->tokenizer, password);
        }
        QMetaObject::invokeMethod(
            this, [this, request, copy] { replace(request, copy); }, Qt::QueuedConnection);
    });
}

void AdditionDesk::replace(int request, const AddItem& item)
{
    const auto plan = m_plans.find(request);
    if (plan == m_plans.end()) {
        return;
    }
    for (AddItem& one : plan->second->items) {
        if (one.id == item.id) {
            one = item;
        }
    }
    Q_EMIT itemChanged(request, item);
}

std::shared_ptr<const AddPlan> AdditionDesk::take(int request)
{
    const auto plan = m_plans.find(request);
    if (plan == m_plans.end()) {
        return nullptr;
    }
    std::shared_ptr<const AddPlan> taken = plan->second;
    m_plans.erase(plan);
    return taken;
}

void AdditionDesk::cancel(int request)
{
    m_plans.erase(request);
    if (request == m_running) {
        m_thread.stopJob();
    }
}

} // namespace app
