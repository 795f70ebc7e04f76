// SPDX-License-Identifier: GPL-3.0-or-later
// Writes a checkpoint in the published layout of DeepSeek-V4-Flash or -Pro; see checkpoint_maker.h.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

#include "checkpoint_maker.h"

namespace {

int usage()
{
    std::fputs(
        "make_checkpoint DIR [--shape flash|pro] [--published] [--layers N] [--experts N]\n"
        "                [--vocabulary N] [--shards N] [--no-mtp] [--no-expert-dtype] [--sparse]\n"
        "\n"
        "--published: all layers, experts and tokens of the published model, as files that take\n"
        "no room on the disk; options after it change that.\n",
        stderr);
    return 2;
}

bool isNumber(const char* text)
{
    return *text != '\0' && std::strspn(text, "0123456789") == std::strlen(text);
}

} // namespace

int main(int argc, char** argv)
{
    if (argc < 2 || argv[1][0] == '-')
        return usage();
    MadeCheckpoint made;
    for (int i = 2; i < argc; ++i) {
        const std::string option = argv[i];
        const char* value = i + 1 < argc ? argv[i + 1] : "";
        std::size_t* number = option == "--layers"       ? &made.layers
                              : option == "--experts"    ? &made.experts
                              : option == "--vocabulary" ? &made.vocabulary
                              : option == "--shards"     ? &made.shards
                                                         : nullptr;
        if (number != nullptr && isNumber(value)) {
            *number = std::strtoull(argv[++i], nullptr, 10);
        } else if (option == "--shape" &&
                   (std::string(value) == "flash" || std::string(value) == "pro")) {
            made.shape = std::string(argv[++i]) == "pro" ? MadeCheckpoint::Shape::pro
                                                         : MadeCheckpoint::Shape::flash;
        } else if (option == "--published") {
            made = MadeCheckpoint::published(made.shape);
        } else if (option == "--no-mtp") {
            made.mtp = false;
        } else if (option == "--no-expert-dtype") {
            made.namesExpertType = false;
        } else if (option == "--sparse") {
            made.fill = MadeCheckpoint::Fill::sparse;
        } else {
            return usage();
        }
    }
    if (made.layers == 0 || made.experts < 6 || made.vocabulary < 2 || made.shards == 0)
        return usage();
    const std::string wrong = write(made, argv[1]);
    if (!wrong.empty())
        std::fprintf(stderr, "%s\n", wrong.c_str());
    return wrong.empty() ? 0 : 1;
}
