#include <string>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "main/function_commands.h"

namespace nacre {

namespace {

constexpr auto shells = {"bash", "zsh", "fish"};

struct command_words {
    std::string path;  ///< "function deploy"; empty for the program itself
    std::vector<std::pair<std::string, std::string>> words;  ///< with what they mean
};

// Every command with what may follow it, the program itself first.
void collect(const CLI::App& command, const std::string& path, std::vector<command_words>& to) {
    command_words made{.path = path};
    for (const auto* inner : command.get_subcommands([](const CLI::App*) { return true; })) {
        made.words.emplace_back(inner->get_name(), inner->get_description());
    }
    for (const auto* option : command.get_options()) {
        for (const auto& name : option->get_lnames()) {
            made.words.emplace_back("--" + name, option->get_description());
        }
    }
    to.push_back(std::move(made));
    for (const auto* inner : command.get_subcommands([](const CLI::App*) { return true; })) {
        const auto name = inner->get_name();
        collect(*inner, path.empty() ? name : path + " " + name, to);
    }
}

std::string for_bash(const std::vector<command_words>& commands) {
    std::string cases;
    for (const auto& command : commands) {
        std::vector<std::string> words;
        for (const auto& [word, meaning] : command.words) words.push_back(word);
        cases += fmt::format("        '{}') words='{}' ;;\n", command.path, fmt::join(words, " "));
    }
    return "_nacre() {\n"
           "    local path='' word words='' current=${COMP_WORDS[COMP_CWORD]}\n"
           "    for word in \"${COMP_WORDS[@]:1:COMP_CWORD-1}\"; do\n"
           "        case $word in -*) break ;; esac\n"
           "        case ${path:+$path }$word in function|function\\ *|serve|completions) ;; *) "
           "break ;; esac\n"
           "        [[ $path == *' '* ]] && break\n"
           "        path=${path:+$path }$word\n"
           "    done\n"
           "    case $path in\n" +
           cases +
           "    esac\n"
           "    mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$current\")\n"
           "    [[ $current == -* ]] || mapfile -t -O ${#COMPREPLY[@]} COMPREPLY < <(compgen -f -- "
           "\"$current\")\n"
           "}\n"
           "complete -F _nacre nacre\n";
}

std::string without_quotes(std::string text, std::string_view unwanted) {
    std::erase_if(text, [&](char c) { return unwanted.find(c) != std::string_view::npos; });
    return text;
}

std::string for_zsh(const std::vector<command_words>& commands) {
    std::string cases;
    for (const auto& command : commands) {
        std::string words;
        for (const auto& [word, meaning] : command.words) {
            words += fmt::format(" '{}:{}'", word, without_quotes(meaning, "':"));
        }
        cases += fmt::format("        '{}') entries=({}) ;;\n", command.path, words);
    }
    return "#compdef nacre\n"
           "_nacre() {\n"
           "    local -a entries\n"
           "    local path_='' word\n"
           "    for word in \"${(@)words[2,CURRENT-1]}\"; do\n"
           "        [[ $word == -* || $path_ == *' '* ]] && break\n"
           "        path_=\"${path_:+$path_ }$word\"\n"
           "    done\n"
           "    case $path_ in\n" +
           cases +
           "    esac\n"
           "    _describe 'nacre' entries\n"
           "    _files\n"
           "}\n"
           "compdef _nacre nacre\n";
}

std::string for_fish(const std::vector<command_words>& commands) {
    std::string text =
        "function __nacre_path\n"
        "    set -l words (commandline -opc)[2..]\n"
        "    set -l path (string match -v -- '-*' $words)\n"
        "    test (string join ' ' -- $path[1..2]) = \"$argv\"\n"
        "end\n";
    for (const auto& command : commands) {
        for (const auto& [word, meaning] : command.words) {
            const bool is_option = word.starts_with("--");
            text += fmt::format("complete -c nacre -n \"__nacre_path '{}'\" {} {} -d '{}'\n",
                                command.path, is_option ? "-l" : "-a",
                                is_option ? word.substr(2) : word, without_quotes(meaning, "'\\"));
        }
    }
    return text;
}

}  // namespace

void add_completions_command(CLI::App& app, int& status) {
    auto* command = app.add_subcommand("completions", "Print what completes commands in a shell");
    auto shell = std::make_shared<std::string>();
    command->add_option("SHELL", *shell, "bash, zsh or fish")
        ->required()
        ->check(CLI::IsMember(std::vector<std::string>(shells.begin(), shells.end())));
    command->footer(
        "Examples:\n  source <(nacre completions bash)\n"
        "  nacre completions fish > ~/.config/fish/completions/nacre.fish");
    command->callback([&app, shell, &status] {
        std::vector<command_words> commands;
        collect(app, "", commands);
        fmt::print("{}", *shell == "bash"  ? for_bash(commands)
                         : *shell == "zsh" ? for_zsh(commands)
                                           : for_fish(commands));
        status = 0;
    });
}

}  // namespace nacre
