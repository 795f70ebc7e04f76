// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/check.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "model/expected_tensors.h"
#include "model/model_files.h"
#include "model/stored_rows.h"
#include "model/weight_check.h"

namespace engine {

namespace {

bool isWeightType(DType type)
{
    return type != DType::i32 && type != DType::i64 && type != DType::f8e8m0;
}

class Checker
{
public:
    Checker(const ModelFiles& files, CheckReport& report) : m_files(files), m_report(report) {}

    void run()
    {
        for (const ExpectedTensor& tensor : expectedTensors(m_files.config, m_report.mtpBlocks))
            check(tensor);
        for (const auto& [name, view] : m_files.checkpoint->tensors()) {
            if (!m_known.contains(name))
                note(CheckKind::surplus, name, &view, "no such tensor",
                     fmt::format("{} {}", dtypeName(view.type), shapeText(view.shape)));
        }
    }

private:
    void check(const ExpectedTensor& tensor)
    {
        const TensorView* view = find(tensor.name);
        const std::uint64_t elements = elementsOf(tensor.shape);
        if (tensor.role != TensorRole::tokenMap && !tensor.name.ends_with("gate.bias"))
            (tensor.name.starts_with("mtp.") ? m_report.mtpParameters : m_report.parameters) +=
                elements;
        if (view == nullptr)
            return note(CheckKind::missing, tensor.name, nullptr, shapeText(tensor.shape),
                        "nothing");
        const bool isMatrix =
            tensor.role == TensorRole::matrix || tensor.role == TensorRole::expert;
        if (!typeFits(tensor, view->type))
            note(CheckKind::type, tensor.name, view, wantedType(tensor), dtypeName(view->type));
        std::vector<std::size_t> shape = tensor.shape;
        const bool isFp4 = isMatrix && view->type == DType::i8;
        if (isFp4)
            shape.back() = (shape.back() + 1) / 2;
        if (view->shape != shape)
            return note(CheckKind::shape, tensor.name, view, shapeText(shape),
                        shapeText(view->shape));
        if (isMatrix && (isFp4 || view->type == DType::f8e4m3))
            checkScale(tensor, isFp4);
    }

    void checkScale(const ExpectedTensor& tensor, bool isFp4)
    {
        const std::string name = scaleNameOf(tensor.name);
        const TensorView* scale = find(name);
        const std::size_t step = isFp4 ? 1 : 128;
        const std::size_t group = isFp4 ? 32 : 128;
        const std::vector<std::size_t> shape{(tensor.shape[0] + step - 1) / step,
                                             (tensor.shape[1] + group - 1) / group};
        if (scale == nullptr)
            return note(CheckKind::missing, name, nullptr, "F8_E8M0 " + shapeText(shape),
                        "nothing");
        if (scale->type != DType::f8e8m0)
            note(CheckKind::type, name, scale, "F8_E8M0", dtypeName(scale->type));
        if (scale->shape != shape)
            note(CheckKind::shape, name, scale, shapeText(shape), shapeText(scale->shape));
    }

    static bool typeFits(const ExpectedTensor& tensor, DType type)
    {
        switch (tensor.role) {
        case TensorRole::tokenMap:
            return type == DType::i64 || type == DType::i32;
        case TensorRole::vector:
            return isVectorFormat(type);
        default:
            return isWeightType(type);
        }
    }

    static const char* wantedType(const ExpectedTensor& tensor)
    {
        switch (tensor.role) {
        case TensorRole::tokenMap:
            return "I64 or I32";
        case TensorRole::vector:
            return "F32, F16, BF16 or a block format";
        default:
            return "a format of weights";
        }
    }

    static std::uint64_t elementsOf(const std::vector<std::size_t>& shape)
    {
        std::uint64_t count = 1;
        for (const std::size_t extent : shape)
            count *= extent;
        return count;
    }

    const TensorView* find(const std::string& name)
    {
        m_known.insert(name);
        return m_files.checkpoint->find(name);
    }

    void note(CheckKind kind, const std::string& tensor, const TensorView* view,
              const std::string& wanted, const std::string& found)
    {
        const bool renamed = view != nullptr && view->name != tensor;
        m_report.findings.push_back(
            {kind, tensor,
             fmt::format("{}: tensor {}{}: wanted {}, found {}",
                         view == nullptr ? m_files.checkpoint->path().string()
                                         : view->file->string(),
                         tensor, renamed ? fmt::format(" (stored as {})", view->name) : "", wanted,
                         found)});
    }

    const ModelFiles& m_files;
    CheckReport& m_report;
    std::set<std::string> m_known;
};

Result<void> readNumbers(const Checkpoint& checkpoint, const CheckOptions& options,
                         CheckReport& report)
{
    std::uint64_t done = 0;
    for (const auto& [name, view] : checkpoint.tensors()) {
        if (options.stop.stop_requested())
            return fail(ErrorCode::cancelled,
                        fmt::format("{}: cancelled while checking", checkpoint.path().string()));
        if (auto checked = checkTensor(view); !checked)
            report.findings.push_back({CheckKind::number, name, checked.error().message});
        done += view.bytes.size();
        if (options.progress)
            options.progress(done, checkpoint.storedBytes());
    }
    report.numbersRead = true;
    return {};
}

} // namespace

Result<CheckReport> checkModel(const std::filesystem::path& path, const CheckOptions& options)
{
    std::vector<Error> problems;
    auto files = openModelFiles(path, &problems);
    if (!files)
        return tl::unexpected(files.error());
    const Checkpoint& checkpoint = *files->checkpoint;
    CheckReport report;
    report.config = files->config;
    report.files = checkpoint.numFiles();
    report.tensors = checkpoint.tensors().size();
    report.storedBytes = checkpoint.storedBytes();
    for (Error& problem : problems)
        report.findings.push_back({CheckKind::file, {}, std::move(problem.message)});
    // A checkpoint without its MTP block is whole; half of one is not.
    const bool hasMtp =
        std::any_of(checkpoint.tensors().begin(), checkpoint.tensors().end(),
                    [](const auto& entry) { return entry.first.starts_with("mtp."); });
    report.mtpBlocks = hasMtp ? std::max<std::size_t>(1, files->config.numMtpLayers) : 0;
    Checker(*files, report).run();
    if (options.readNumbers) {
        if (auto read = readNumbers(checkpoint, options, report); !read)
            return tl::unexpected(read.error());
    }
    report.memoryTokens = options.memoryTokens;
    report.memory.push_back({"weights_mapped", report.storedBytes, true});
    for (MemoryPart& part :
         sessionMemory(files->config, SessionOptions::forModel(files->config, options.threads),
                       options.memoryTokens))
        report.memory.push_back(std::move(part));
    return report;
}

} // namespace engine
