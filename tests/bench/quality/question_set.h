// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

/// A question about a paragraph, with the answers that its authors accept.
struct BenchQuestion
{
    std::string text;
    std::size_t paragraph = 0;             ///< index into QuestionSet::paragraphs
    std::vector<std::string> answers;      ///< empty: the paragraph does not answer it
    std::vector<std::size_t> answerBegins; ///< bytes in the paragraph, one per answer
};

struct BenchParagraph
{
    std::string title; ///< of the article
    std::string text;
};

struct QuestionSet
{
    std::vector<BenchParagraph> paragraphs; ///< each once, in the order of the file
    std::vector<BenchQuestion> questions;
};

/// Reads a file of JSON lines in the corpus's form ("title", "context", "question", "answers" with
/// "text" and "start" in characters), compressed with xz. Ends the program with a message if the
/// file is not there or holds anything else: a bench without its data measures nothing.
[[nodiscard]] QuestionSet readQuestions(const std::filesystem::path& file);

/// `count` of them (all if there are fewer) in an order that depends on the questions alone, so
/// that the sample is the same on every machine.
[[nodiscard]] std::vector<BenchQuestion> fixedSample(std::vector<BenchQuestion> questions,
                                                     std::size_t count);
