// SPDX-License-Identifier: GPL-3.0-or-later
#include <QTest>

#include "made_session.h"

using namespace storage;

class TestConversation final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void cleanup();
    void keepsMessagesWithCitations();
    void citationsBelongToTheirMessages();
    void summaryShowsTheLastQuestion();
    void branches();
    void unknownParentIsRefused();
    void unknownSourceIsRefused();
    void rankTwiceIsRefused();

private:
    std::unique_ptr<made::Folder> m_folder;
    std::unique_ptr<SessionFile> m_file;
};

namespace {

Citation citation(std::uint32_t rank, SourceId source)
{
    Citation citation;
    citation.rank = rank;
    citation.sourceId = source;
    citation.document = "The Whale";
    citation.text = {100, 120};
    citation.quote = "Call me Ishmael.";
    citation.state = CitationState::close;
    citation.stateDetail = "2 words differ";
    citation.role = CitationRole::alsoFound;
    citation.page = 12;
    citation.pageLabel = "xii";
    citation.lineBegin = 7;
    citation.lineEnd = 9;
    citation.chapter = "Loomings";
    citation.score = 0.1 + 0.2; // not a short decimal: it must come back to the last bit
    citation.markAt = 33;
    return citation;
}

} // namespace

void TestConversation::init()
{
    m_folder = std::make_unique<made::Folder>();
    auto file = SessionFile::create(m_folder->file("a.lectern"), made::session());
    VERIFY_RESULT(file);
    m_file = std::move(*file);
}

void TestConversation::cleanup()
{
    m_file.reset();
    m_folder.reset();
}

void TestConversation::keepsMessagesWithCitations()
{
    const SourceId source = m_file->addSource(made::source(), "text", {}).value();
    const Timestamp before = now();
    NewMessage question;
    question.text = "Who speaks?";
    const auto asked = m_file->addMessage(question);
    VERIFY_RESULT(asked);
    NewMessage answer;
    answer.parent = *asked;
    answer.role = MessageRole::assistant;
    answer.text = "Ishmael [1]";
    answer.modelName = "Test model";
    answer.state = MessageState::stopped;
    answer.details = R"({"first_token_ms": 12})";
    Citation bare; // everything that may be missing is missing
    bare.rank = 2;
    bare.state = CitationState::missing;
    answer.citations = {citation(1, source), bare};
    const auto answered = m_file->addMessage(answer);
    VERIFY_RESULT(answered);

    const auto messages = m_file->messages();
    VERIFY_RESULT(messages);
    QCOMPARE(messages->size(), std::size_t{2});
    const Message& first = messages->front();
    QCOMPARE(first.id, *asked);
    QVERIFY(!first.parent && first.role == MessageRole::user);
    QVERIFY(first.created >= before && first.created <= now());
    const Message& second = messages->back();
    QCOMPARE(second.id, *answered);
    QVERIFY(second.parent == *asked);
    QVERIFY(second.role == MessageRole::assistant && second.state == MessageState::stopped);
    QCOMPARE(second.text, answer.text);
    QCOMPARE(second.modelName, answer.modelName);
    QCOMPARE(second.details, answer.details);
    QCOMPARE(second.citations.size(), std::size_t{2});

    const Citation& kept = second.citations[0];
    const Citation given = citation(1, source);
    QCOMPARE(kept.rank, given.rank);
    QVERIFY(kept.sourceId == given.sourceId);
    QCOMPARE(kept.document, given.document);
    QVERIFY(kept.text == given.text);
    QCOMPARE(kept.quote, given.quote);
    QVERIFY(kept.state == given.state && kept.role == given.role);
    QCOMPARE(kept.stateDetail, given.stateDetail);
    QVERIFY(kept.page == given.page);
    QCOMPARE(kept.pageLabel, given.pageLabel);
    QVERIFY(kept.lineBegin == given.lineBegin && kept.lineEnd == given.lineEnd);
    QCOMPARE(kept.chapter, given.chapter);
    QVERIFY(kept.score == given.score);
    QVERIFY(kept.markAt == given.markAt);
    const Citation& empty = second.citations[1];
    QVERIFY(!empty.sourceId && !empty.page && !empty.lineBegin && !empty.lineEnd && !empty.markAt);
    QVERIFY(empty.state == CitationState::missing && empty.role == CitationRole::support);
}

void TestConversation::citationsBelongToTheirMessages()
{
    const SourceId source = m_file->addSource(made::source(), "text", {}).value();
    for (std::uint32_t count = 0; count < 5; ++count) {
        NewMessage message;
        message.text = std::to_string(count);
        for (std::uint32_t rank = count; rank > 0; --rank) // given in any order, read by rank
            message.citations.push_back(citation(rank, source));
        VERIFY_RESULT(m_file->addMessage(message));
    }
    const std::vector<Message> messages = m_file->messages().value();
    for (std::uint32_t count = 0; count < 5; ++count) {
        QCOMPARE(messages[count].citations.size(), std::size_t{count});
        for (std::uint32_t rank = 1; rank <= count; ++rank)
            QCOMPARE(messages[count].citations[rank - 1].rank, rank);
    }
}

void TestConversation::summaryShowsTheLastQuestion()
{
    QCOMPARE(m_file->summary().value().lastQuestion, std::string());
    for (const char* text : {"First?", "Second?"}) {
        NewMessage question;
        question.text = text;
        VERIFY_RESULT(m_file->addMessage(question));
        NewMessage answer;
        answer.role = MessageRole::assistant;
        answer.text = "An answer.";
        VERIFY_RESULT(m_file->addMessage(answer));
    }
    const SessionSummary summary = m_file->summary().value();
    QCOMPARE(summary.lastQuestion, std::string("Second?"));
    QCOMPARE(summary.messageCount, std::uint64_t{4});
}

void TestConversation::branches()
{
    NewMessage root;
    root.text = "root";
    const MessageId id = m_file->addMessage(root).value();
    for (int i = 0; i < 2; ++i) {
        NewMessage branch;
        branch.parent = id;
        VERIFY_RESULT(m_file->addMessage(branch));
    }
    const std::vector<Message> messages = m_file->messages().value();
    QVERIFY(messages[1].parent == id && messages[2].parent == id);
}

void TestConversation::unknownParentIsRefused()
{
    NewMessage message;
    message.parent = 5;
    VERIFY_ERROR(m_file->addMessage(message), ErrorCode::badInput);
}

void TestConversation::unknownSourceIsRefused()
{
    NewMessage message;
    message.citations = {citation(1, 12)};
    VERIFY_ERROR(m_file->addMessage(message), ErrorCode::badInput);
    QVERIFY(m_file->messages().value().empty());
}

void TestConversation::rankTwiceIsRefused()
{
    const SourceId source = m_file->addSource(made::source(), "text", {}).value();
    NewMessage message;
    message.citations = {citation(1, source), citation(1, source)};
    VERIFY_ERROR(m_file->addMessage(message), ErrorCode::badInput);
}

QTEST_GUILESS_MAIN(TestConversation)
#include "tst_stored_conversation.moc"
