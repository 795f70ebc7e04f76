// SPDX-License-Identifier: GPL-3.0-or-later
// Writes the session that tst_migrations expects of every schema: make_kept_session FILE
#include <cstdio>

#include "made_session.h"

using namespace storage;

namespace {

Result<void> fill(SessionFile& file)
{
    NewSource source = made::source();
    source.notes = {"a note"};
    const auto id = file.addSource(source, "Call me Ishmael. 全文检索 of the whale.",
                                   made::checkpointAt(3, 40));
    if (!id)
        return tl::unexpected<Error>(id.error());
    const std::vector<NewPassage> passages = {{{0, 42}, {1, 299}, "Loomings"}};
    made::Step step(0, 300, 500);
    const std::vector<SourceProgress> done = {{*id, SourceState::ready, TokenRange{1, 299}}};
    step.commit.sources = done;
    NewMessage question;
    question.text = "Who speaks?";
    NewMessage answer;
    answer.role = MessageRole::assistant;
    answer.text = "Ishmael";
    Citation citation;
    citation.rank = 1;
    citation.sourceId = *id;
    citation.text = {0, 16};
    citation.quote = "Call me Ishmael.";
    answer.citations = {citation};
    return file.appendPassages(*id, passages)
        .and_then([&] { return file.commitReading(step.commit); })
        .and_then([&] { return file.addMessage(question); })
        .and_then([&](MessageId asked) {
            answer.parent = asked;
            return file.addMessage(answer);
        })
        .map([](MessageId) {});
}

} // namespace

int main(int argc, char** argv)
{
    if (argc != 2) {
        std::fputs("usage: make_kept_session FILE\n", stderr);
        return 2;
    }
    const auto file = SessionFile::create(argv[1], made::session("Kept for tests"));
    const auto done = file ? fill(**file) : Result<void>(tl::unexpected<Error>(file.error()));
    if (!done)
        std::fprintf(stderr, "%s\n", done.error().message.c_str());
    return done ? 0 : 1;
}
