// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/invocation.h"

#include <map>

#include <CLI/CLI.hpp>

#include "cli/exit_code.h"

namespace app {

namespace {

const std::map<std::string, TranscriptFormat> kFormats{{"md", TranscriptFormat::markdown},
                                                       {"html", TranscriptFormat::html},
                                                       {"pdf", TranscriptFormat::pdf},
                                                       {"json", TranscriptFormat::json}};

constexpr const char* kSessionHelp =
    "A session file, or the name of a session in the library folder";

CLI::App* command(CLI::App& parent, Invocation& invocation, Command which, const char* name,
                  const char* help)
{
    CLI::App* sub = parent.add_subcommand(name, help);
    sub->callback([&invocation, which] { invocation.command = which; });
    sub->fallthrough(); // options of every command may stand before or after its name
    return sub;
}

void addGlobalOptions(CLI::App& app, Invocation& invocation)
{
    app.add_option("--library", invocation.library, "Folder that holds the sessions")
        ->type_name("DIR");
    app.add_option("--model", invocation.model, "Folder of the model to use")->type_name("DIR");
    app.add_option("--threads", invocation.threads, "Threads of the model; 0 takes all cores")
        ->type_name("N")
        ->check(CLI::Range(0U, 1024U));
    app.add_flag("--json", invocation.json, "Print one JSON object on standard output");
}

void addAskCommand(CLI::App& app, Invocation& invocation)
{
    CLI::App* ask =
        command(app, invocation, Command::ask, "ask", "Ask about what a session has read");
    ask->add_option("SESSION", invocation.session, kSessionHelp)->required();
    CLI::Option* question =
        ask->add_option("QUESTION", invocation.text, "In one argument (use quotes)");
    CLI::Option* from =
        ask->add_option("--branch-from", invocation.branchFrom,
                        "Follow this message (see lectern messages); one that is a question gets "
                        "a new version")
            ->type_name("MESSAGE");
    CLI::Option* again =
        ask->add_option("--again", invocation.again, "Ask the question of this message once more")
            ->type_name("MESSAGE");
    from->excludes(again);
    again->excludes(question);
    ask->callback([&invocation, question, again] {
        invocation.command = Command::ask;
        if (question->empty() && again->empty()) {
            throw CLI::RequiredError("QUESTION");
        }
    });
}

void addSessionCommands(CLI::App& app, Invocation& invocation)
{
    CLI::App* add = command(app, invocation, Command::add, "add",
                            "Add files and folders to a session and read them");
    add->add_option("SESSION", invocation.session, kSessionHelp)->required();
    CLI::Option* paths =
        add->add_option("PATH", invocation.paths, "Files and folders; made absolute");
    add->add_option("--password", invocation.password, "Opens protected PDF files");
    CLI::Option* again = add->add_flag("--read-again", invocation.readAgain,
                                       "Read all sources again with the model at hand");
    add->callback([&invocation, paths, again] {
        invocation.command = Command::add;
        if (paths->empty() && again->empty()) {
            throw CLI::RequiredError("PATH");
        }
    });

    addAskCommand(app, invocation);

    CLI::App* chat = command(app, invocation, Command::chat, "chat",
                             "Talk to a chat model that has read the session (wants --model)");
    chat->add_option("SESSION", invocation.session, kSessionHelp)->required();
    chat->add_option("MESSAGE", invocation.text, "In one argument (use quotes)")->required();
    addChatOptions(*chat, invocation.chat);

    CLI::App* search = command(app, invocation, Command::search, "search",
                               "Find a text literally in a session's sources");
    search->add_option("SESSION", invocation.session, kSessionHelp)->required();
    search->add_option("TEXT", invocation.text, "In one argument (use quotes)")->required();
    search->add_option("--limit", invocation.limit, "Hits to show")
        ->type_name("N")
        ->capture_default_str();

    CLI::App* sources =
        command(app, invocation, Command::sources, "sources", "List what a session holds");
    sources->add_option("SESSION", invocation.session, kSessionHelp)->required();

    command(app, invocation, Command::sessions, "sessions", "List the sessions of the library");

    CLI::App* write = command(app, invocation, Command::exportTranscript, "export",
                              "Write questions, answers and their sources to a file");
    write->add_option("SESSION", invocation.session, kSessionHelp)->required();
    write->add_option("--format", invocation.format, "md, html, pdf or json")
        ->type_name("FORMAT")
        ->transform(CLI::CheckedTransformer(kFormats, CLI::ignore_case).description(""))
        ->required();
    write->add_flag("--all-branches", invocation.allBranches,
                    "Also the versions of questions and answers that are not shown");
    write
        ->add_option("-o,--output", invocation.output,
                     "Where to; standard output if left out (PDF: a file named after the session)")
        ->type_name("FILE");
}

void addChangeCommands(CLI::App& app, Invocation& invocation)
{
    CLI::App* messages = command(app, invocation, Command::messages, "messages",
                                 "List questions and answers with their numbers, of all branches");
    messages->add_option("SESSION", invocation.session, kSessionHelp)->required();

    CLI::App* duplicate = command(app, invocation, Command::duplicate, "duplicate",
                                  "Copy a session; nothing is read again");
    duplicate->add_option("SESSION", invocation.session, kSessionHelp)->required();
    duplicate->add_option("NAME", invocation.text, "Title of the copy");

    CLI::App* remove = command(app, invocation, Command::remove, "remove",
                               "Take a document out of a session; says first what that costs");
    remove->add_flag("--yes", invocation.yes, "Remove it even if others have to be read again");
    CLI::App* hide = command(app, invocation, Command::hide, "hide",
                             "Leave a document out of answers and searches; costs nothing");
    CLI::App* show =
        command(app, invocation, Command::show, "show", "Take a hidden document in again");
    for (CLI::App* one : {remove, hide, show}) {
        one->add_option("SESSION", invocation.session, kSessionHelp)->required();
        one->add_option("DOCUMENT", invocation.document,
                        "Its title, its path or the end of it, or #N for the Nth of the list")
            ->required();
    }
}

void addModelCommands(CLI::App& app, Invocation& invocation)
{
    CLI::App* model = app.add_subcommand("model", "Look at a model, or check it");
    model->require_subcommand(1)->fallthrough();
    CLI::App* info =
        command(*model, invocation, Command::modelInfo, "info", "Describe a model's folder");
    info->add_option("DIR", invocation.model, "Folder or GGUF file; the model in use if left out");
    CLI::App* verify = command(*model, invocation, Command::modelVerify, "verify",
                               "Compare what a model computes with expected logits");
    verify->add_option("DIR", invocation.model, "Folder of the model")->required();
    verify
        ->add_option("--expected", invocation.expected,
                     "safetensors with tokens, prefill_logits and decode_logits")
        ->type_name("FILE")
        ->required();
    verify
        ->add_option("--numerics", invocation.numerics,
                     "How to compute: float32 (default), fast or exact")
        ->type_name("MODE")
        ->check(CLI::IsMember({"float32", "fast", "exact"}).description(""));

    CLI::App* check = command(*model, invocation, Command::modelCheck, "check",
                              "Hold a checkpoint's names, shapes, types and numbers against its "
                              "configuration, and say what memory it takes");
    check->add_option("DIR", invocation.model, "Folder or GGUF file; the model in use if left out");
    check->add_flag("--shapes-only", invocation.shapesOnly, "Do not look at the numbers");
    CLI::App* gguf = command(*model, invocation, Command::modelExportGguf, "export-gguf",
                             "Write a model as a GGUF file that llama.cpp reads");
    gguf->add_option("DIR", invocation.model, "Folder; the model in use if left out");
    gguf->add_option("-o,--output", invocation.output, "The file to write")
        ->type_name("FILE")
        ->required();
    gguf->add_flag("--float32", invocation.float32, "Every matrix as F32");

    CLI::App* bench = app.add_subcommand("bench", "Measure this machine with the model in use");
    bench->require_subcommand(1)->fallthrough();
    CLI::App* prefill = command(*bench, invocation, Command::benchPrefill, "prefill",
                                "How fast documents are read");
    CLI::App* decode =
        command(*bench, invocation, Command::benchDecode, "decode", "How fast answers are written");
    CLI::App* reopen = command(*bench, invocation, Command::benchReopen, "reopen",
                               "How fast a session opens again");
    for (CLI::App* one : {prefill, decode, reopen}) {
        const char* help = one == prefill ? "Tokens to read" : "Tokens to read first";
        one->add_option("--tokens", invocation.benchTokens, help)
            ->type_name("N")
            ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{1'000'000}));
    }
    reopen->add_flag("--synthetic", invocation.benchSynthetic,
                     "Make the rows up instead of reading: for what storage costs");
    reopen->add_flag("--cold", invocation.benchCold,
                     "Take the session out of the memory of the disk before it is opened");
    for (CLI::App* one : {prefill, decode}) {
        one->add_option("--depth", invocation.benchDepth,
                        "Measure behind so many tokens; their cache is synthetic. k and M count "
                        "1,024 and 1,000,000")
            ->type_name("N")
            ->transform(CLI::AsNumberWithUnit(
                std::map<std::string, std::uint64_t>{{"k", 1'024}, {"M", 1'000'000}},
                CLI::AsNumberWithUnit::CASE_SENSITIVE, ""))
            ->check(CLI::Range(std::uint64_t{0}, std::uint64_t{1'048'576}));
        one->add_flag("--read", invocation.benchRead, "Really read the tokens before the depth");
    }
    decode->add_option("--decode", invocation.decodeTokens, "Tokens to write")
        ->type_name("N")
        ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{100'000}));
}

void addWindowCommand(CLI::App& app, Invocation& invocation, std::string& size)
{
    CLI::App* open = command(app, invocation, Command::window, "open", "Show a session's window");
    open->add_option("SESSION", invocation.session, kSessionHelp)->required();
    // For scripts: no group, so that the help does not show them.
    open->add_option("--screenshot", invocation.screenshot)->group("");
    open->add_option("--ask", invocation.text)->group("");
    open->add_option("--size", size)
        ->group("")
        ->check(CLI::Validator(
            [&invocation](const std::string& value) {
                const bool ok =
                    std::sscanf(value.c_str(), "%dx%d", &invocation.width, &invocation.height) == 2;
                return ok && invocation.width > 0 && invocation.height > 0
                           ? std::string()
                           : "wanted WIDTHxHEIGHT, found " + value;
            },
            "WxH"));
}

} // namespace

std::variant<Invocation, int> parseCommandLine(int argc, const char* const* argv)
{
    Invocation invocation;
    std::string size;
    CLI::App app("Lectern reads whole books and codebases and answers questions about them with "
                 "sources that open at the passage. Everything stays on this computer.\n"
                 "Without a command it opens its window.",
                 "lectern");
    app.set_version_flag("--version", "lectern " LECTERN_VERSION);
    app.set_help_flag("-h,--help", "Print this help");
    app.require_subcommand(0, 1);
    addGlobalOptions(app, invocation);
    addWindowCommand(app, invocation, size);
    addSessionCommands(app, invocation);
    addChangeCommands(app, invocation);
    addModelCommands(app, invocation);
    app.footer("Exit status: 0 done, 1 failed or stopped, 2 wrong use, 3 bad input.");
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? exitValue(ExitCode::done) : exitValue(ExitCode::wrongUse);
    }
    return invocation;
}

} // namespace app
