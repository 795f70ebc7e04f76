// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/chat_arguments.h"

#include <map>

#include <CLI/CLI.hpp>

namespace app {

namespace {

const std::map<std::string, engine::ThinkingMode> kThinking{{"none", engine::ThinkingMode::none},
                                                            {"low", engine::ThinkingMode::low},
                                                            {"high", engine::ThinkingMode::high},
                                                            {"max", engine::ThinkingMode::max}};
const std::map<std::string, bool> kSwitch{{"off", false}, {"on", true}};

} // namespace

void addChatOptions(CLI::App& command, ChatArguments& arguments)
{
    command
        .add_option("--thinking", arguments.thinking,
                    "How much the model thinks first: none, high, max (0731 refresh: also low)")
        ->type_name("MODE")
        ->transform(CLI::CheckedTransformer(kThinking).description(""));
    command
        .add_option("--temperature", arguments.temperature,
                    "1 as the model was trained; 0 always takes the most likely token")
        ->type_name("T")
        ->check(CLI::Range(0.0, 100.0).description(""));
    command
        .add_option("--top-p", arguments.topP,
                    "Choose among the most likely tokens that hold this part")
        ->type_name("P")
        ->check(CLI::Range(1e-6, 1.0).description(""));
    command
        .add_option("--min-p", arguments.minP,
                    "Leave out tokens less likely than this part of the most likely one")
        ->type_name("P")
        ->check(CLI::Range(0.0, 1.0).description(""));
    command.add_option("--seed", arguments.seed, "The same seed gives the same reply")
        ->type_name("N");
    command.add_option("--max-tokens", arguments.maxTokens, "Longest reply, thinking included")
        ->type_name("N")
        ->check(CLI::Range(std::size_t{1}, std::size_t{1048576}).description(""));
    command
        .add_option("--speculative", arguments.speculative,
                    "on: let the model's MTP block propose tokens; the reply is as good, and may "
                    "come faster")
        ->type_name("on|off")
        ->transform(CLI::CheckedTransformer(kSwitch).description(""));
    command
        .add_option("--draft-tokens", arguments.draftTokens, "Tokens proposed at a time, 1 to 8")
        ->type_name("N")
        ->check(CLI::Range(std::size_t{1}, std::size_t{8}).description(""));
    command
        .add_option("--system", arguments.system, "What to tell the model before the conversation")
        ->type_name("TEXT");
    command.add_flag("--new", arguments.startAnew, "Forget what was said in this chat before");
}

} // namespace app
