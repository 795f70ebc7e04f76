// SPDX-License-Identifier: GPL-3.0-or-later
#include "answering/answerer.h"

#include <algorithm>
#include <thread>
#include <utility>

#include "answer_run.h"
#include "answering/passage_reader.h"

namespace answering {

struct Answerer::Impl
{
    AnswererOptions options;
    std::vector<std::unique_ptr<PassageReader>> readers;
};

Answerer::Answerer(std::unique_ptr<Impl> impl) : m_impl(std::move(impl)) {}

Answerer::~Answerer() = default;

Result<std::unique_ptr<Answerer>>
Answerer::create(std::shared_ptr<const engine::Model> model,
                 std::shared_ptr<const engine::Tokenizer> tokenizer, const AnswererOptions& options)
{
    auto impl = std::make_unique<Impl>();
    impl->options = options;
    impl->options.passagesRead = std::max<std::size_t>(1, options.passagesRead);
    unsigned threads = options.threads == 0 ? std::thread::hardware_concurrency() : options.threads;
    threads = std::max(1U, threads);
    // Passages are independent of one another: a thread for each scales better than many threads
    // for one, whose sequences are short. What is left over goes to the readers in equal parts.
    const auto numReaders =
        static_cast<unsigned>(std::min<std::size_t>(threads, impl->options.passagesRead));
    for (unsigned i = 0; i < numReaders; ++i) {
        auto sequence = makeEngineSequence(model, threads / numReaders);
        if (!sequence) {
            return tl::unexpected(sequence.error());
        }
        auto reader = PassageReader::create(tokenizer, std::move(*sequence));
        if (!reader) {
            return tl::unexpected(reader.error());
        }
        impl->readers.push_back(std::move(*reader));
    }
    return std::unique_ptr<Answerer>(new Answerer(std::move(impl)));
}

Result<Answer> Answerer::ask(const Question& question, AnswerSources& sources,
                             const AnswerSink& sink, std::stop_token stop)
{
    return AnswerRun(question, sources, sink, m_impl->readers, m_impl->options, std::move(stop))
        .run();
}

} // namespace answering
